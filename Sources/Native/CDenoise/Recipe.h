// What a quality means: how far blocks are looked for, how many are taken together, and what is kept of a picture for it.
#ifndef SLUICE_RECIPE_H
#define SLUICE_RECIPE_H
#include "CDenoise.h"

// Measured on pictures of several sets: see Benchmarks/denoise.
typedef struct {
    // Without a reach, blocks are filtered by themselves, at every place of a row.
    int reach, step;
    // Of a search; of what both passes filter together, at most so many of them in colours.
    int candidates, first_group, second_group, colour_group;
    // Factors of the noise: the first pass' thresholds and the second's weights, for brightness and colours.
    float threshold, colour_threshold, weight, colour_weight;
} sluice_recipe;

// Lines in the windows of a filter.
typedef struct {
    int noisy, basic, low, sums;
    // Of blocks.
    int rows;
} sluice_recipe_lines;

sluice_recipe sluice_recipe_for(sluice_denoise_quality quality, int width);

// Rows of blocks that are worked on at once, so that threads find enough to do.
int sluice_recipe_batch(const sluice_recipe *recipe, int width);

// Of the coarser levels of a pyramid, for whose lines those of the larger ones wait.
enum { SLUICE_COARSE_BATCH = 1 };

// From the first line that the second pass still needs to the last that the first needs already.
sluice_recipe_lines sluice_recipe_lines_for(const sluice_recipe *recipe, int batch);

// Lines that wait in a level of a pyramid.
typedef struct {
    // Between that put in last and the last of the result, at most.
    int lag;
    // Of its filter for those of half the size; and the other way round.
    int fine, coarse;
} sluice_level_lines;

// `batch`: 0 for that of the width. `coarse_lag`: that of the level of half the size; 0 where there is none.
sluice_level_lines sluice_level_lines_for(sluice_denoise_quality quality, int width, int batch, int coarse_lag);

// The widest picture that has a pyramid, and the least side of a level of one.
enum { SLUICE_WIDEST_PYRAMID = 24576, SLUICE_LEAST_LEVEL = 32 };

#endif
