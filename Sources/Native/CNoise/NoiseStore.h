// What a meter has seen of 8x8 blocks at one scale, by brightness and by how flat they were.
#ifndef SLUICE_NOISE_STORE_H
#define SLUICE_NOISE_STORE_H
#include "CNoise.h"

// Energies of blocks, in thirds of an octave upwards from this power of two.
enum { SLUICE_NOISE_BINS = 51, SLUICE_NOISE_LOWEST = -3 };

// Coefficients of a block fall into two sets like the fields of a chessboard. Texture shows in both, noise in each by
// chance: a set is measured in the blocks that the other one says are flat, which does not favour quiet noise.
typedef struct {
    // Blocks by brightness and by the energy of the other set; [0]: fields where row + column is even.
    float count[2][SLUICE_NOISE_LEVELS][SLUICE_NOISE_BINS];
    // Sums of squares of these blocks' coefficients, for each plane, column by column.
    float squares[SLUICE_NOISE_LEVELS][SLUICE_NOISE_BINS][3][64];
    // Blocks seen, and those of them that are practically constant.
    float seen, constant;
} sluice_noise_store;

// Row + column of a coefficient: how fine it is.
static inline int sluice_noise_order(int coefficient) { return (coefficient >> 3) + (coefficient & 7); }

// Adds a block: eight lines of eight pixels of each plane.
void sluice_noise_store_add(sluice_noise_store *store, const float *const pixels[3][8], int planes);

#endif
