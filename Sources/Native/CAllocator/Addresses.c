#define _GNU_SOURCE
#include "Addresses.h"
#include <errno.h>
#include <sys/mman.h>

void *addresses_reserve(uint64_t *size) {
    for (*size = 1ULL << 38; *size >= 1ULL << 30; *size >>= 2) {
        void *base = mmap(NULL, *size, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
        if (base != MAP_FAILED)
            return base;
    }
    return NULL;
}

void addresses_unmap(void *at, uint64_t length) {
    mmap(at, length, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE | MAP_FIXED, -1, 0);
}

static int map(void *at, uint64_t length, int flags, int file, uint64_t offset) {
    if (mmap(at, length, PROT_READ | PROT_WRITE, flags | MAP_FIXED, file, (off_t)offset) != MAP_FAILED)
        return 0;
    int error = errno;
    // It may have taken away what was there before: these addresses must not be handed out again.
    addresses_unmap(at, length);
    return error;
}

int addresses_map(void *at, uint64_t length) { return map(at, length, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0); }

int addresses_map_file(void *at, uint64_t length, int file, uint64_t offset) {
    return map(at, length, MAP_SHARED, file, offset);
}
