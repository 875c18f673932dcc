// Large blocks. Every address of them lies in one reserved range, so that free tells them by two comparisons.
#ifndef SLUICE_REGION_H
#define SLUICE_REGION_H
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/// Whether an address is one of a large block.
bool region_holds(const void *address);

/// A block of zeros at the beginning of a page; NULL, with errno, where the grant has no room for it. `fallback` is set
/// where glibc should serve it: the region could not be made.
void *region_take(size_t bytes, bool *fallback);

void region_give_back(void *address);

/// How the heap stands to the grant, with a small block that ends here.
enum region_growth {
    region_within,
    /// The grant is used up: only blocks that are too small for the file may still be memory.
    region_full,
    /// So is the room for these.
    region_outgrown
};
enum region_growth region_growth(const void *end);

/// The same as `region_take` for what the heap could hold as well: that it has no room is not noted.
void *region_spill(size_t bytes);

/// glibc had no room for a small block: a limit on data (RLIMIT_DATA) is reached.
void region_note_refusal(size_t bytes);

/// Bytes that can be used, whole pages.
size_t region_block_size(const void *address);

#endif
