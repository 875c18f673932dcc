// The malloc family of the worker: glibc's for small blocks, a region of our own for large ones.
//
// Why it exists: decoders that hold a whole picture (progressive JPEG, interlaced PNG, WebP, HEIF, GIF) ask malloc for it,
// and no option of any of these libraries puts a bound to that. So the bound is put here, under all of them. A large block
// is anonymous memory as long as the job's grant has room; beyond that it lies in a file without a name, mapped shared: its
// pages are page cache, which the kernel writes out and takes away when memory is short, and keeps when it is not.
//
// A program that links this target uses it for every allocation in the process, those of shared libraries included
// (glibc manual, "Replacing malloc").
#ifndef SLUICE_ALLOCATOR_H
#define SLUICE_ALLOCATOR_H
#include <malloc.h>
#include <stddef.h>
#include <stdint.h>

/// Blocks of at least so many bytes are large. Smaller ones are glibc's and are only counted by the growth of its heap.
#define SLUICE_LARGE_BLOCK ((size_t)128 << 10)

/// What a job may take. Bytes.
struct sluice_grant {
    /// Anonymous memory above what the process holds when the grant begins.
    uint64_t memory;
    /// In the file.
    uint64_t spill;
    /// Blocks of at least so many bytes go to the file at once; UINT64_MAX: only what memory has no room for.
    uint64_t spills_from;
    /// The directory of the file, which is made when it is first needed; -1 where there is none.
    int directory;
};

/// What it took. Bytes.
struct sluice_usage {
    /// The most that large blocks and the growth of the heap came to. What was asked for, touched or not.
    uint64_t memory;
    /// The most that lay in the file.
    uint64_t spilled;
    /// Requests that were refused; their callers were told that there is no memory.
    uint64_t refusals;
    /// The largest of them.
    uint64_t largest_refused;
    /// Why the file could not take a block: errno of open or fallocate, 0 where it took all.
    int spill_error;
};

/// A job begins. Without a grant there is no bound.
void sluice_begin_grant(struct sluice_grant grant);

/// The job ends: there is no bound any more.
void sluice_end_grant(void);

/// Of the grant that runs, or of the last one.
struct sluice_usage sluice_grant_usage(void);

#endif
