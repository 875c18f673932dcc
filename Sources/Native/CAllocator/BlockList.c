#include "BlockList.h"
#include <string.h>

bool block_list_find_gap(
    const struct block_list *list, uint64_t size, uint64_t length, size_t *index, uint64_t *offset) {
    uint64_t end = 0;
    if (list->count == most_blocks)
        return false;
    for (size_t i = 0; i < list->count; i++) {
        if (list->blocks[i].offset - end >= length) {
            *index = i;
            *offset = end;
            return true;
        }
        end = list->blocks[i].offset + list->blocks[i].length;
    }
    *index = list->count;
    *offset = end;
    return size - end >= length;
}

struct block *block_list_find(struct block_list *list, uint64_t offset) {
    size_t low = 0, high = list->count;
    while (low < high) {
        size_t middle = (low + high) / 2;
        if (list->blocks[middle].offset < offset)
            low = middle + 1;
        else
            high = middle;
    }
    return low < list->count && list->blocks[low].offset == offset ? &list->blocks[low] : NULL;
}

void block_list_insert(struct block_list *list, size_t index, struct block block) {
    struct block *place = &list->blocks[index];
    memmove(place + 1, place, (list->count - index) * sizeof(struct block));
    *place = block;
    list->count++;
}

void block_list_remove(struct block_list *list, const struct block *block) {
    size_t index = (size_t)(block - list->blocks);
    memmove(&list->blocks[index], &list->blocks[index + 1], (list->count - index - 1) * sizeof(struct block));
    list->count--;
}
