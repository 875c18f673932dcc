#define _GNU_SOURCE
#include "Region.h"
#include "Addresses.h"
#include "BlockList.h"
#include "CAllocator.h"
#include "SpillFile.h"
#include <errno.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

// Nothing here may allocate.

static struct {
    pthread_mutex_t lock;
    char *base;
    uint64_t size;
    bool tried;
    /// The kernel's: 4, 16 or 64 KiB.
    uint64_t page;
    struct block_list list;
    /// Bytes of blocks that are there.
    uint64_t in_memory;
    uint64_t in_file;
    /// The file, or -1.
    int file;
    /// Whether what a block has left may still stand in it.
    bool file_is_stale;

    bool granted;
    struct sluice_grant grant;
    /// When the grant began.
    uint64_t memory_before;
    char *break_before;
    struct sluice_usage usage;
    bool complained;
} region = {.lock = PTHREAD_MUTEX_INITIALIZER, .file = -1};

/// Small blocks that end below this address are within the grant for certain.
static atomic_uintptr_t heap_end = UINTPTR_MAX;

/// What small blocks may take of the heap beyond the grant: large blocks may have used all of it before them, and have
/// been asked for, not touched.
static const uint64_t small_blocks = 6 << 20;

bool region_holds(const void *address) {
    // Read without the lock: both are set once, before the first block's address is known to anyone.
    return region.base && (uintptr_t)address - (uintptr_t)region.base < region.size;
}

static bool reserve(void) {
    if (region.tried)
        return region.base;
    region.tried = true;
    region.page = (uint64_t)sysconf(_SC_PAGESIZE);
    region.base = addresses_reserve(&region.size);
    return region.base;
}

/// The block that begins at an address; NULL where none does.
static struct block *find(const void *address) {
    return block_list_find(&region.list, (uint64_t)((const char *)address - region.base));
}

static uint64_t heap_growth(void) {
    char *now = sbrk(0);
    return region.break_before && now > region.break_before ? (uint64_t)(now - region.break_before) : 0;
}

/// Memory that the grant is charged with, as it is now.
static uint64_t charged(void) {
    uint64_t blocks = region.in_memory > region.memory_before ? region.in_memory - region.memory_before : 0;
    return blocks + heap_growth();
}

static uint64_t most_charged(void) {
    return region.grant.memory < UINT64_MAX - small_blocks ? region.grant.memory + small_blocks : UINT64_MAX;
}

/// After every change of the grant or of the blocks that lie in memory.
static void set_heap_end(void) {
    uintptr_t end = UINTPTR_MAX;
    if (region.granted) {
        uint64_t blocks = region.in_memory > region.memory_before ? region.in_memory - region.memory_before : 0;
        uint64_t left = region.grant.memory > blocks ? region.grant.memory - blocks : 0;
        if (__builtin_add_overflow((uintptr_t)region.break_before, left, &end))
            end = UINTPTR_MAX;
    }
    atomic_store_explicit(&heap_end, end, memory_order_relaxed);
}

enum region_growth region_growth(const void *end) {
    if ((uintptr_t)end <= atomic_load_explicit(&heap_end, memory_order_relaxed))
        return region_within;
    // It may lie elsewhere, where glibc found no room in its heap.
    pthread_mutex_lock(&region.lock);
    enum region_growth growth = region_within;
    if (region.granted && charged() > region.grant.memory)
        growth = charged() > most_charged() ? region_outgrown : region_full;
    pthread_mutex_unlock(&region.lock);
    return growth;
}

static bool fits_memory(uint64_t length) {
    if (!region.granted)
        return true;
    if (length >= region.grant.spills_from)
        return false;
    uint64_t now = charged();
    return now <= region.grant.memory && length <= region.grant.memory - now;
}

static void release_disk(uint64_t offset, uint64_t length) {
    // Where it cannot be done, the room comes back with the file's end, and zeros are written before it is used again.
    if (!spill_file_release(region.file, offset, length))
        region.file_is_stale = true;
}

/// 0, or errno.
static int map_in_file(uint64_t offset, uint64_t length) {
    if (region.in_file > region.grant.spill || length > region.grant.spill - region.in_file)
        return ENOMEM;
    if (region.file < 0) {
        if (region.grant.directory < 0)
            return ENOMEM;
        region.file = spill_file_make(region.grant.directory);
        if (region.file < 0)
            return region.usage.spill_error = errno;
    }
    int error = spill_file_preallocate(region.file, offset, length, region.file_is_stale);
    if (error != 0) {
        release_disk(offset, length);
        return region.usage.spill_error = error;
    }
    error = addresses_map_file(region.base + offset, length, region.file, offset);
    if (error != 0)
        release_disk(offset, length);
    return error;
}

static void note_peak(void) {
    uint64_t memory = charged();
    if (memory > region.usage.memory)
        region.usage.memory = memory;
    if (region.in_file > region.usage.spilled)
        region.usage.spilled = region.in_file;
}

/// The caller may well abort now (g_malloc, std::bad_alloc): standard error shows why.
static void note_refusal(uint64_t length, int error) {
    region.usage.refusals++;
    if (length > region.usage.largest_refused)
        region.usage.largest_refused = length;
    if (region.complained || !region.granted)
        return;
    region.complained = true;
    char line[256];
    int count = snprintf(
        line, sizeof line, "sluice-worker: refused %llu bytes of memory: %s %d\n", (unsigned long long)length,
        region.usage.spill_error ? "spill" : "grant", region.usage.spill_error ? region.usage.spill_error : error);
    if (count > 0)
        (void)!write(STDERR_FILENO, line, (size_t)count);
}

void region_note_refusal(size_t bytes) {
    pthread_mutex_lock(&region.lock);
    note_refusal(bytes, ENOMEM);
    pthread_mutex_unlock(&region.lock);
    errno = ENOMEM;
}

static void *take_locked(size_t bytes, bool is_needed) {
    uint64_t length = (bytes + region.page - 1) / region.page * region.page;
    size_t index;
    uint64_t offset;
    if (!block_list_find_gap(&region.list, region.size, length, &index, &offset)) {
        if (is_needed)
            note_refusal(length, ENOMEM);
        return NULL;
    }
    bool in_file = !fits_memory(length);
    int error = in_file ? map_in_file(offset, length) : addresses_map(region.base + offset, length);
    if (error != 0) {
        if (is_needed)
            note_refusal(length, error);
        return NULL;
    }
    block_list_insert(&region.list, index, (struct block){.offset = offset, .length = length, .in_file = in_file});
    if (in_file)
        region.in_file += length;
    else
        region.in_memory += length;
    set_heap_end();
    note_peak();
    return region.base + offset;
}

void *region_spill(size_t bytes) {
    pthread_mutex_lock(&region.lock);
    void *block = reserve() ? take_locked(bytes, false) : NULL;
    pthread_mutex_unlock(&region.lock);
    return block;
}

void *region_take(size_t bytes, bool *fallback) {
    *fallback = false;
    if (bytes > (size_t)1 << 46) {
        errno = ENOMEM;
        return NULL;
    }
    pthread_mutex_lock(&region.lock);
    void *block = NULL;
    if (reserve())
        block = take_locked(bytes, true);
    else
        *fallback = true;
    pthread_mutex_unlock(&region.lock);
    if (!block)
        errno = ENOMEM;
    return block;
}

void region_give_back(void *address) {
    pthread_mutex_lock(&region.lock);
    struct block *block = find(address);
    if (!block) {
        // Freed twice, or an address inside a block: the process' memory cannot be trusted any more.
        static const char words[] = "sluice-worker: free of an address that is no block\n";
        (void)!write(STDERR_FILENO, words, sizeof words - 1);
        __builtin_trap();
    }
    struct block gone = *block;
    block_list_remove(&region.list, block);
    if (gone.in_file) {
        region.in_file -= gone.length;
        release_disk(gone.offset, gone.length);
    } else {
        region.in_memory -= gone.length;
    }
    set_heap_end();
    addresses_unmap(region.base + gone.offset, gone.length);
    pthread_mutex_unlock(&region.lock);
}

size_t region_block_size(const void *address) {
    pthread_mutex_lock(&region.lock);
    struct block *block = find(address);
    size_t length = block ? block->length : 0;
    pthread_mutex_unlock(&region.lock);
    return length;
}

// MARK: The grant

static void close_file_if_empty(void) {
    if (region.file >= 0 && region.in_file == 0) {
        close(region.file);
        region.file = -1;
        region.file_is_stale = false;
    }
}

void sluice_begin_grant(struct sluice_grant grant) {
    pthread_mutex_lock(&region.lock);
    close_file_if_empty();
    region.grant = grant;
    region.granted = true;
    region.memory_before = region.in_memory;
    region.break_before = sbrk(0);
    region.usage = (struct sluice_usage){0};
    region.complained = false;
    set_heap_end();
    pthread_mutex_unlock(&region.lock);
}

void sluice_end_grant(void) {
    pthread_mutex_lock(&region.lock);
    note_peak();
    region.granted = false;
    region.grant.directory = -1;
    set_heap_end();
    close_file_if_empty();
    pthread_mutex_unlock(&region.lock);
}

struct sluice_usage sluice_grant_usage(void) {
    pthread_mutex_lock(&region.lock);
    struct sluice_usage usage = region.usage;
    pthread_mutex_unlock(&region.lock);
    return usage;
}
