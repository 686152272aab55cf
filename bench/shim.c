// Counts fsync and fdatasync, and makes each take at least SHIM_FSYNC_US microseconds. For LD_PRELOAD.
// The count stands in the first eight bytes of the file SHIM_COUNT, shared by all who preload this.
#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <stdatomic.h>
#include <stdint.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <time.h>
#include <unistd.h>

static int (*real_fsync)(int);
static int (*real_fdatasync)(int);
static _Atomic uint64_t *count;
static long least_ns;

__attribute__((constructor)) static void prepare(void) {
    real_fsync = (int (*)(int))dlsym(RTLD_NEXT, "fsync");
    real_fdatasync = (int (*)(int))dlsym(RTLD_NEXT, "fdatasync");
    const char *least = getenv("SHIM_FSYNC_US");
    least_ns = least ? atol(least) * 1000 : 0;
    const char *path = getenv("SHIM_COUNT");
    int fd = path ? open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0644) : -1;
    if (fd < 0)
        return;
    if (ftruncate(fd, sizeof *count) == 0) {
        void *page = mmap(NULL, sizeof *count, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
        if (page != MAP_FAILED)
            count = page;
    }
    close(fd);
}

static int at_length(int (*real)(int), int fd) {
    struct timespec until;
    clock_gettime(CLOCK_MONOTONIC, &until);
    int answer = real(fd);
    int error = errno;
    if (count)
        atomic_fetch_add_explicit(count, 1, memory_order_relaxed);
    if (least_ns > 0) {
        until.tv_nsec += least_ns;
        until.tv_sec += until.tv_nsec / 1000000000;
        until.tv_nsec %= 1000000000;
        while (clock_nanosleep(CLOCK_MONOTONIC, TIMER_ABSTIME, &until, NULL) == EINTR) {
        }
    }
    errno = error;
    return answer;
}

int fsync(int fd) { return at_length(real_fsync, fd); }

int fdatasync(int fd) { return at_length(real_fdatasync, fd); }
