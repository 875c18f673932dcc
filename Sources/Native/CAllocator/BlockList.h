// The blocks of the region, in the order of their offsets: which gaps there are between them. It allocates nothing.
#ifndef SLUICE_BLOCK_LIST_H
#define SLUICE_BLOCK_LIST_H
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum { most_blocks = 1 << 15 };

/// A block's place: an offset in the region, and in the file for a block that lies there.
struct block {
    uint64_t offset;
    uint64_t length;
    bool in_file;
};

struct block_list {
    struct block blocks[most_blocks];
    size_t count;
};

/// The first gap that a block fits into: its index in the list, and its offset. False where there is none, or the list is
/// full. `size`: of the region.
bool block_list_find_gap(
    const struct block_list *list, uint64_t size, uint64_t length, size_t *index, uint64_t *offset);

/// The block that begins at an offset; NULL where none does.
struct block *block_list_find(struct block_list *list, uint64_t offset);

void block_list_insert(struct block_list *list, size_t index, struct block block);

void block_list_remove(struct block_list *list, const struct block *block);

#endif
