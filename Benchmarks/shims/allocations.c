// Counts the heap allocations of a program that this library is put before with LD_PRELOAD. The counts lie in the file that
// MENSHEN_ALLOCATION_COUNTS names, so that another process can read them while the program runs: 64-bit words, allocations,
// then reallocations, then frees.

#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <stdatomic.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <unistd.h>

// glibc's own names for its functions: no look-up that would allocate.
extern void *__libc_malloc(size_t);
extern void *__libc_calloc(size_t, size_t);
extern void *__libc_realloc(void *, size_t);
extern void *__libc_memalign(size_t, size_t);
extern void __libc_free(void *);

struct counts {
    _Atomic uint64_t allocations;
    _Atomic uint64_t reallocations;
    _Atomic uint64_t frees;
};

// What is counted before the file is there is nobody's concern.
static struct counts unseen;
static struct counts *counts = &unseen;

__attribute__((constructor)) static void map_counts(void) {
    const char *path = getenv("MENSHEN_ALLOCATION_COUNTS");
    if (path == NULL) return;
    int descriptor = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0600);
    if (descriptor < 0) return;
    if (ftruncate(descriptor, sizeof(struct counts)) == 0) {
        void *address = mmap(NULL, sizeof(struct counts), PROT_READ | PROT_WRITE, MAP_SHARED, descriptor, 0);
        if (address != MAP_FAILED) counts = address;
    }
    close(descriptor);
}

static void allocated(void) { atomic_fetch_add_explicit(&counts->allocations, 1, memory_order_relaxed); }

void *malloc(size_t size) {
    allocated();
    return __libc_malloc(size);
}

void *calloc(size_t count, size_t size) {
    allocated();
    return __libc_calloc(count, size);
}

void *realloc(void *old, size_t size) {
    if (old == NULL) allocated();
    else atomic_fetch_add_explicit(&counts->reallocations, 1, memory_order_relaxed);
    return __libc_realloc(old, size);
}

void *memalign(size_t alignment, size_t size) {
    allocated();
    return __libc_memalign(alignment, size);
}

void *aligned_alloc(size_t alignment, size_t size) { return memalign(alignment, size); }

int posix_memalign(void **result, size_t alignment, size_t size) {
    if (alignment < sizeof(void *) || (alignment & (alignment - 1)) != 0) return EINVAL;
    void *memory = memalign(alignment, size);
    if (memory == NULL) return ENOMEM;
    *result = memory;
    return 0;
}

void free(void *memory) {
    if (memory != NULL) atomic_fetch_add_explicit(&counts->frees, 1, memory_order_relaxed);
    __libc_free(memory);
}
