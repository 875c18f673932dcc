// The file that blocks lie in which memory has no room for: what is asked of the file system, and nothing of the blocks.
#ifndef SLUICE_SPILL_FILE_H
#define SLUICE_SPILL_FILE_H
#include <stdbool.h>
#include <stdint.h>

/// A file without a name: it goes with the process, however that ends. -1, with errno, when it cannot be made.
int spill_file_make(int directory);

/// Gives the blocks of a range to the file now: writing to a hole on a full disk would be SIGBUS. Zeros are written where
/// what was there before may still stand (`is_stale`). 0, or errno.
int spill_file_preallocate(int file, uint64_t offset, uint64_t length, bool is_stale);

/// Gives the blocks of a range back to the disk; false where the file system cannot.
bool spill_file_release(int file, uint64_t offset, uint64_t length);

#endif
