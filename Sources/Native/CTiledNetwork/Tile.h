// One tile of a picture, through a network and back.
#ifndef SLUICE_TILE_H
#define SLUICE_TILE_H
#include <stddef.h>

#include "CTiledNetwork.h"

// What the network gets, in floating point.
typedef struct {
    float *picture, *sigma;
} sluice_tile;

// Lines of a picture that are in memory.
typedef struct {
    const unsigned char *lines;
    size_t line_bytes;
    int width, height, bands, sample_bytes;
} sluice_lines_seen;

// What of them is to be made: what the tile sees besides lies around it, as far as there is something.
typedef struct {
    int left, top, width, height;
} sluice_tile_place;

// 0, or -1 where there is no memory. `sluice_tile_free` may follow either.
int sluice_tile_init(sluice_tile *tile, const sluice_tiled_network *how);

void sluice_tile_free(sluice_tile *tile);

// Writes the pixels of the place into lines of the picture's width, of which the first is the place's first. 0, or -1 with
// libvips' error set.
int sluice_tile_run(
    sluice_tile *tile, const sluice_tiled_network *how, const sluice_lines_seen *seen, sluice_tile_place place,
    unsigned char *made);

#endif
