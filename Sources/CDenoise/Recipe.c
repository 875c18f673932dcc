#include "Recipe.h"

#include "Filter.h"
#include "Match.h"

// Pixels of width: a window of a line more takes 50 KB for each.
#define WIDE 12288

static int least(int a, int b) { return a < b ? a : b; }
static int most(int a, int b) { return a > b ? a : b; }

sluice_recipe sluice_recipe_for(sluice_denoise_quality quality, int width) {
    // The lines of a search are kept in full width: on very wide pictures it is less high.
    int reach = width <= WIDE ? 16 : width <= 2 * WIDE ? 8 : 4;
    switch (quality) {
    case SLUICE_DENOISE_FAST: return (sluice_recipe) {0, 2, 0, 0, 0, 2.5f, 2.7f, 1, 1};
    case SLUICE_DENOISE_BEST: return (sluice_recipe) {reach == 16 ? 24 : reach, 3, 32, 16, 16, 2.8f, 3, 0.8f, 1};
    default: return (sluice_recipe) {reach, 4, 24, 16, 16, 2.8f, 3, 0.8f, 1};
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

int sluice_denoise_numbers(int planes, int width, sluice_denoise_quality quality) {
    sluice_recipe recipe = sluice_recipe_for(quality, width);
    sluice_recipe_lines lines = sluice_recipe_lines_for(&recipe, sluice_recipe_batch(&recipe, width));
    int matches = recipe.reach > 0 ? lines.rows * (2 * recipe.candidates + 5) / (4 * recipe.step) : lines.rows;
    return planes * (lines.noisy + lines.basic + 4 * lines.sums + 1) + lines.low + lines.basic + matches;
}
