#include "Recipe.h"

#include "Filter.h"
#include "Match.h"
#include "Window.h"

// Pixels of width: a window of a line more takes 50 KB for each.
#define WIDE 12288

static int least(int a, int b) { return a < b ? a : b; }
static int most(int a, int b) { return a > b ? a : b; }

sluice_recipe sluice_recipe_for(sluice_denoise_quality quality, int width) {
    // The lines of a search are kept in full width: on very wide pictures it is less high.
    int reach = width <= WIDE ? 16 : width <= 2 * WIDE ? 8 : 4;
    switch (quality) {
    case SLUICE_DENOISE_FAST: return (sluice_recipe) {0, 2, 0, 0, 0, 0, 2.5f, 2.7f, 1, 1};
    case SLUICE_DENOISE_BEST: return (sluice_recipe) {reach == 16 ? 24 : reach, 3, 32, 16, 16, 16, 2.8f, 3, 0.8f, 1};
    default: return (sluice_recipe) {reach, 4, 24, 8, 16, 8, 2.8f, 3, 0.8f, 1};
    }
}

int sluice_recipe_batch(const sluice_recipe *recipe, int width) {
    int batch = (recipe->reach > 0 ? 4096 : 16384) / width;
    return least(most(batch, 1), 8);
}

// With this at any more, the result has to be the same.
#ifndef SLACK
#define SLACK 1
#endif

sluice_recipe_lines sluice_recipe_lines_for(const sluice_recipe *recipe, int batch) {
    int more = batch * recipe->step, reach = recipe->reach;
    return (sluice_recipe_lines) {
        .noisy = 4 * reach + 2 * SLUICE_BLOCK + 2 * more + SLACK,
        .basic = 2 * reach + SLUICE_BLOCK + 2 * more + SLACK,
        .low = reach > 0 ? 2 * reach + SLUICE_BLOCK + more + SLACK : 1,
        .sums = 2 * reach + SLUICE_BLOCK + more + SLACK,
        .rows = (2 * reach + SLUICE_BLOCK) / recipe->step + 2 * batch + 1 + SLACK,
    };
}

// Lines of the input between the last one that came and the last that a filter has finished: after each of its passes,
// all rows of blocks are waited for that reach into a line, and those of their batch.
static int most_behind(const sluice_recipe *recipe, int batch) {
    return 2 * (2 * recipe->reach + SLUICE_BLOCK - 1 + (batch - 1) * recipe->step);
}

static int least_behind(const sluice_recipe *recipe) { return 2 * (2 * recipe->reach + SLUICE_BLOCK - recipe->step); }

sluice_level_lines sluice_level_lines_for(sluice_denoise_quality quality, int width, int batch, int coarse_lag) {
    sluice_recipe recipe = sluice_recipe_for(quality, width);
    int lag = most_behind(&recipe, batch > 0 ? batch : sluice_recipe_batch(&recipe, width));
    if (coarse_lag == 0) return (sluice_level_lines) {.lag = lag};
    // Lines of half the size come in pairs, and a line lies between two of those.
    int coarse = 2 * coarse_lag + 2;
    return (sluice_level_lines) {
        .lag = most(coarse, lag + 2),
        .fine = most(coarse - least_behind(&recipe), 3) + SLACK,
        .coarse = lag / 2 + 2 + SLACK,
    };
}

// MARK: Memory

static int filter_numbers(int planes, int width, sluice_denoise_quality quality, int batch) {
    sluice_recipe recipe = sluice_recipe_for(quality, width);
    if (batch == 0) batch = sluice_recipe_batch(&recipe, width);
    sluice_recipe_lines lines = sluice_recipe_lines_for(&recipe, batch);
    int matches = recipe.reach > 0 ? lines.rows * (2 * recipe.candidates + 5) / (4 * recipe.step) : lines.rows;
    return planes * (lines.noisy + lines.basic + 4 * lines.sums + 1) + lines.low + lines.basic + matches;
}

int sluice_denoise_numbers(int planes, int width, sluice_denoise_quality quality) {
    int full = filter_numbers(planes, width, quality, 0), half = (width + 1) / 2;
    if (width > SLUICE_WIDEST_PYRAMID || half < SLUICE_LEAST_LEVEL) return full;
    int level = filter_numbers(planes, half, SLUICE_DENOISE_FAST, SLUICE_COARSE_BATCH);
    int least_lag = sluice_level_lines_for(SLUICE_DENOISE_FAST, half, SLUICE_COARSE_BATCH, 0).lag;
    sluice_level_lines coarse = sluice_level_lines_for(SLUICE_DENOISE_FAST, half, SLUICE_COARSE_BATCH, least_lag);
    sluice_level_lines fine = sluice_level_lines_for(quality, width, 0, coarse.lag);
    // Lines of each size, as lines of the largest: the filters, what waits in two of them, what is added, and room.
    int quarters = 2 * level + level + planes * (8 * fine.fine + 2 * fine.coarse + 4) + 2
        + planes * (2 * coarse.fine + coarse.coarse + 2) + 1;
    // Narrow as they are, margins of lines count.
    int quarter = half / 2;
    return full + (quarters * (quarter + 2 * SLUICE_WINDOW_MARGIN) / quarter + 3) / 4;
}
