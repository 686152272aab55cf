//! The macro that declares a service once.

/// Declares what a service offers to the others: writes the trait, its internal routes, the remote client, and
/// the object that records calls within a process.
///
/// ```ignore
/// contract! {
///     /// Catalog and stock, as the other services see them.
///     pub trait Product = "product" {
///         /// Holds stock for an order until it is committed, released or expires. Repeating it changes nothing.
///         hold_stock(HoldStock) -> StockHold;
///     }
/// }
/// ```
#[macro_export]
macro_rules! contract {
    (
        $(#[$doc:meta])*
        pub trait $name:ident = $service:literal {
            $($(#[$method_doc:meta])* $method:ident($request:ty) -> $reply:ty;)*
        }
    ) => {
        $(#[$doc])*
        #[$crate::__macro::async_trait]
        pub trait $name: Send + Sync + 'static {
            $(
                $(#[$method_doc])*
                async fn $method(
                    &self,
                    cx: &$crate::Context,
                    request: $request,
                ) -> ::std::result::Result<$reply, $crate::Error>;
            )*
        }

        impl $crate::Contract for dyn $name {
            const SERVICE: &'static str = $service;

            fn routes(service: ::std::sync::Arc<Self>) -> $crate::__macro::Router {
                let mut router = $crate::__macro::Router::new();
                $({
                    let service = ::std::sync::Arc::clone(&service);
                    router = router.route(
                        concat!("/rpc/", $service, "/", stringify!($method)),
                        $crate::method(move |cx: $crate::Context, request: $request| {
                            let service = ::std::sync::Arc::clone(&service);
                            async move { service.$method(&cx, request).await }
                        }),
                    );
                })*
                router
            }
        }

        #[$crate::__macro::async_trait]
        impl $name for $crate::Remote {
            $(
                async fn $method(
                    &self,
                    cx: &$crate::Context,
                    request: $request,
                ) -> ::std::result::Result<$reply, $crate::Error> {
                    self.call(cx, concat!("/rpc/", $service, "/", stringify!($method)), &request).await
                }
            )*
        }

        #[$crate::__macro::async_trait]
        impl $name for $crate::Traced<dyn $name> {
            $(
                async fn $method(
                    &self,
                    cx: &$crate::Context,
                    request: $request,
                ) -> ::std::result::Result<$reply, $crate::Error> {
                    match $crate::__macro::begin(cx, concat!($service, "/", stringify!($method))) {
                        None => self.0.$method(cx, request).await,
                        Some((span, cx)) => {
                            let answer = span.scope(self.0.$method(&cx, request)).await;
                            $crate::__macro::end(span, answer)
                        }
                    }
                }
            )*
        }
    };
}
