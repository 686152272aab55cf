import type { ReactNode, SVGProps } from 'react'

// Drawn for souk, on a grid of 24, with strokes of 1.75.
function Icon({ children, ...rest }: SVGProps<SVGSVGElement> & { children: ReactNode }) {
  return (
    <svg width="22" height="22" viewBox="0 0 24 24" fill="none" stroke="currentColor" strokeWidth="1.75" strokeLinecap="round" strokeLinejoin="round" aria-hidden="true" {...rest}>
      {children}
    </svg>
  )
}

type Props = SVGProps<SVGSVGElement>
export const SearchIcon = (p: Props) => <Icon {...p}><circle cx="11" cy="11" r="6.5" /><path d="m16 16 4.5 4.5" /></Icon>
export const CartIcon = (p: Props) => <Icon {...p}><path d="M3 4h2.2l2 11.2h10.6L20 7.5H6" /><circle cx="9" cy="19.5" r="1.4" /><circle cx="16.5" cy="19.5" r="1.4" /></Icon>
export const PersonIcon = (p: Props) => <Icon {...p}><circle cx="12" cy="8" r="3.75" /><path d="M4.75 20c.9-4 3.8-6 7.25-6s6.35 2 7.25 6" /></Icon>
export const HeartIcon = (p: Props) => <Icon {...p}><path d="M12 20S4 15.3 4 9.4A4.3 4.3 0 0 1 12 7.2a4.3 4.3 0 0 1 8 2.2C20 15.3 12 20 12 20Z" /></Icon>
export const MenuIcon = (p: Props) => <Icon {...p}><path d="M4 7h16M4 12h16M4 17h16" /></Icon>
export const CloseIcon = (p: Props) => <Icon {...p}><path d="m6 6 12 12M18 6 6 18" /></Icon>
export const CheckIcon = (p: Props) => <Icon {...p}><path d="m5 12.5 4.5 4.5L19 7.5" /></Icon>
export const TruckIcon = (p: Props) => <Icon {...p}><path d="M3 6.5h11v10H3zM14 10h4l3 3.2v3.3h-7z" /><circle cx="7.5" cy="18" r="1.6" /><circle cx="17" cy="18" r="1.6" /></Icon>
export const SunIcon = (p: Props) => <Icon {...p}><circle cx="12" cy="12" r="4" /><path d="M12 3v1.5M12 19.5V21M3 12h1.5M19.5 12H21M5.6 5.6l1.1 1.1M17.3 17.3l1.1 1.1M5.6 18.4l1.1-1.1M17.3 6.7l1.1-1.1" /></Icon>
export const MoonIcon = (p: Props) => <Icon {...p}><path d="M20 14.2A8.2 8.2 0 0 1 9.8 4a8.2 8.2 0 1 0 10.2 10.2Z" /></Icon>
export const GlobeIcon = (p: Props) => <Icon {...p}><circle cx="12" cy="12" r="8.5" /><path d="M3.5 12h17M12 3.5c2.6 2.4 3.8 5.2 3.8 8.5s-1.2 6.1-3.8 8.5c-2.6-2.4-3.8-5.2-3.8-8.5s1.2-6.1 3.8-8.5Z" /></Icon>
export const ChevronIcon = (p: Props) => <Icon {...p}><path d="m9 6 6 6-6 6" /></Icon>
export const TrashIcon = (p: Props) => <Icon {...p}><path d="M5 7h14M10 7V4.5h4V7M7 7l.8 12.5h8.4L17 7" /></Icon>
export const LockIcon = (p: Props) => <Icon {...p}><rect x="5" y="10.5" width="14" height="9" rx="2" /><path d="M8 10.5V8a4 4 0 0 1 8 0v2.5" /></Icon>
export const ReturnIcon = (p: Props) => <Icon {...p}><path d="M8.5 5 4.5 9l4 4" /><path d="M4.5 9H14a5 5 0 0 1 0 10H8" /></Icon>
export const FilterIcon = (p: Props) => <Icon {...p}><path d="M4 7h10M18 7h2M4 17h2M10 17h10" /><circle cx="16" cy="7" r="2" /><circle cx="8" cy="17" r="2" /></Icon>
