// Addresses without memory behind them, and what is mapped over them.
#ifndef SLUICE_ADDRESSES_H
#define SLUICE_ADDRESSES_H
#include <stddef.h>
#include <stdint.h>

/// 256 GiB of addresses; less where a limit on address space is in force (RLIMIT_AS). They cost nothing until they are used.
/// NULL where not even 1 GiB can be had.
void *addresses_reserve(uint64_t *size);

/// Puts memory there. 0, or errno: a limit on data (RLIMIT_DATA) may refuse it.
int addresses_map(void *at, uint64_t length);

/// Puts a range of a file there. 0, or errno.
int addresses_map_file(void *at, uint64_t length, int file, uint64_t offset);

/// Nothing is there any more, and the addresses stay reserved.
void addresses_unmap(void *at, uint64_t length);

#endif
