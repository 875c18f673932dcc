#define _GNU_SOURCE
#include "CAllocator.h"
#include "Region.h"
#include <dlfcn.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

// A sanitizer brings an allocator of its own, which has to see every block.
#if !__has_feature(address_sanitizer) && !__has_feature(thread_sanitizer)

// The family that the glibc manual ("Replacing malloc") asks for, whole. Below are glibc's own, under the names that it
// exports for malloc replacements.
extern void *__libc_malloc(size_t);
extern void *__libc_calloc(size_t, size_t);
extern void *__libc_realloc(void *, size_t);
extern void *__libc_memalign(size_t, size_t);
extern void __libc_free(void *);

/// The smallest page that a kernel has; blocks of the region begin at a page.
enum { least_page = 4096 };

static void *take_large(size_t bytes, void *(*of_libc)(size_t)) {
    bool fallback;
    void *block = region_take(bytes, &fallback);
    return fallback ? of_libc(bytes) : block;
}

/// The smallest blocks that lie in the file where the heap has outgrown the grant: segments of a JPEG have 64 KiB at most,
/// and there may be thousands of them.
static const size_t least_spilled = 16 << 10;

/// What glibc could not give is noted.
static void *noted(void *block, size_t bytes) {
    if (!block)
        region_note_refusal(bytes);
    return block;
}

/// The same, and so is what would be more than the grant.
static void *small(void *block, size_t bytes) {
    enum region_growth growth = block ? region_growth((char *)block + bytes) : region_within;
    if (growth == region_within)
        return noted(block, bytes);
    void *spilled = bytes >= least_spilled ? region_spill(bytes) : NULL;
    if (!spilled && growth == region_full)
        return block;
    __libc_free(block);
    return noted(spilled, bytes);
}

void *malloc(size_t bytes) {
    return bytes < SLUICE_LARGE_BLOCK ? small(__libc_malloc(bytes), bytes) : take_large(bytes, __libc_malloc);
}

static void *zeros_of_libc(size_t bytes) { return __libc_calloc(1, bytes); }

void *calloc(size_t count, size_t bytes) {
    size_t all;
    if (__builtin_mul_overflow(count, bytes, &all)) {
        errno = ENOMEM;
        return NULL;
    }
    // Fresh pages are zeros, in memory and in the file.
    return all < SLUICE_LARGE_BLOCK ? small(__libc_calloc(count, bytes), all) : take_large(all, zeros_of_libc);
}

void free(void *block) {
    if (!region_holds(block))
        return __libc_free(block);
    // free keeps errno (POSIX 2024); unmapping does not.
    int saved = errno;
    region_give_back(block);
    errno = saved;
}

static size_t size_in_libc(void *block) {
    static size_t (*ask)(void *);
    if (!ask)
        ask = (size_t(*)(void *))dlsym(RTLD_NEXT, "malloc_usable_size");
    return ask ? ask(block) : 0;
}

size_t malloc_usable_size(void *block) {
    if (!block)
        return 0;
    return region_holds(block) ? region_block_size(block) : size_in_libc(block);
}

void *realloc(void *block, size_t bytes) {
    if (!block)
        return malloc(bytes);
    if (bytes == 0) {
        free(block);
        return NULL;
    }
    bool is_large = region_holds(block);
    if (!is_large && bytes < SLUICE_LARGE_BLOCK && region_growth(sbrk(0)) == region_within)
        return noted(__libc_realloc(block, bytes), bytes);
    size_t size = malloc_usable_size(block);
    if (!is_large && bytes <= size)
        return noted(__libc_realloc(block, bytes), bytes);
    // As it is, unless half of it would be left over.
    if (is_large && bytes <= size && bytes > size / 2)
        return block;
    void *moved = malloc(bytes);
    if (!moved)
        return NULL;
    memcpy(moved, block, size < bytes ? size : bytes);
    free(block);
    return moved;
}

void *reallocarray(void *block, size_t count, size_t bytes) {
    size_t all;
    if (__builtin_mul_overflow(count, bytes, &all)) {
        errno = ENOMEM;
        return NULL;
    }
    return realloc(block, all);
}

void *memalign(size_t alignment, size_t bytes) {
    if (alignment > least_page)
        return noted(__libc_memalign(alignment, bytes), bytes);
    if (bytes < SLUICE_LARGE_BLOCK)
        return small(__libc_memalign(alignment, bytes), bytes);
    bool fallback;
    void *block = region_take(bytes, &fallback);
    return fallback ? __libc_memalign(alignment, bytes) : block;
}

void *aligned_alloc(size_t alignment, size_t bytes) {
    if (alignment == 0 || (alignment & (alignment - 1)) != 0) {
        errno = EINVAL;
        return NULL;
    }
    return memalign(alignment, bytes);
}

int posix_memalign(void **result, size_t alignment, size_t bytes) {
    if (alignment % sizeof(void *) != 0 || alignment == 0 || (alignment & (alignment - 1)) != 0)
        return EINVAL;
    int saved = errno;
    void *block = memalign(alignment, bytes);
    errno = saved;
    if (!block)
        return ENOMEM;
    *result = block;
    return 0;
}

void *valloc(size_t bytes) { return memalign((size_t)sysconf(_SC_PAGESIZE), bytes); }

void *pvalloc(size_t bytes) {
    size_t page = (size_t)sysconf(_SC_PAGESIZE);
    size_t rounded;
    if (__builtin_add_overflow(bytes, page - 1, &rounded)) {
        errno = ENOMEM;
        return NULL;
    }
    return memalign(page, rounded / page * page);
}

#endif
