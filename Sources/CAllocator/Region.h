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

/// glibc had no room for a small block: a limit on data (RLIMIT_DATA) is reached.
void region_note_refusal(size_t bytes);

/// Bytes that can be used, whole pages.
size_t region_block_size(const void *address);

#endif
