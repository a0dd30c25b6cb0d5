// For runs under valgrind alone. libdispatch parks the main thread with a signal mask that lies in read-only memory, and
// valgrind (3.19, Debian 12) writes into the mask that a client passes: it would die there. A copy may be written to.

#define _GNU_SOURCE
#include <signal.h>
#include <sys/syscall.h>
#include <unistd.h>

// The kernel's mask is 64 bits wide on Linux, whatever the size of the C library's.
enum { kernel_mask_bytes = 8 };

int sigsuspend(const sigset_t *mask) {
    sigset_t copy = *mask;
    return (int)syscall(SYS_rt_sigsuspend, &copy, kernel_mask_bytes);
}
