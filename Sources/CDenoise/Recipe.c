#include "Recipe.h"

#include "Filter.h"
#include "Match.h"

static int least(int a, int b) { return a < b ? a : b; }
static int most(int a, int b) { return a > b ? a : b; }

sluice_recipe sluice_recipe_for(sluice_denoise_quality quality, int width) {
    // The lines of a search are kept in full width: on very wide pictures it is less high.
    int reach = width <= 16384 ? 16 : width <= 32768 ? 8 : 4;
    switch (quality) {
    case SLUICE_DENOISE_FAST: return (sluice_recipe) {.step = 2, .threshold = 2.5f, .colour_threshold = 2.7f, .weight = 1, .colour_weight = 1};
    case SLUICE_DENOISE_BEST:
        if (width <= 16384) return (sluice_recipe) {24, 3, 32, 16, 16, 2.8f, 3, 0.8f, 1};
        return (sluice_recipe) {reach, 3, 32, 16, 16, 2.8f, 3, 0.8f, 1};
    default: return (sluice_recipe) {reach, 4, 24, 16, 16, 2.8f, 3, 0.8f, 1};
    }
}

int sluice_recipe_batch(const sluice_recipe *recipe, int width) {
    int batch = recipe->reach > 0 ? 4096 / width : 16384 / width;
    return least(most(batch, recipe->reach > 0 ? 1 : 4), 8);
}

sluice_recipe_lines sluice_recipe_lines_for(const sluice_recipe *recipe, int batch) {
    int more = batch * recipe->step, reach = recipe->reach;
    return (sluice_recipe_lines) {
        .noisy = 4 * reach + 2 * SLUICE_BLOCK + 2 * more + 8,
        .basic = 2 * reach + SLUICE_BLOCK + 2 * more + 8,
        .low = reach > 0 ? 2 * reach + SLUICE_BLOCK + more + 4 : 1,
        .sums = 2 * reach + SLUICE_BLOCK + more + 4,
        .rows = (2 * reach + SLUICE_BLOCK) / recipe->step + 2 * batch + 4,
    };
}

int sluice_filter_numbers(int planes, int width, sluice_denoise_quality quality) {
    sluice_recipe recipe = sluice_recipe_for(quality, width);
    sluice_recipe_lines lines = sluice_recipe_lines_for(&recipe, sluice_recipe_batch(&recipe, width));
    int matches = recipe.reach > 0 ? lines.rows * (2 * recipe.candidates + 5) / (4 * recipe.step) : lines.rows;
    return planes * (lines.noisy + lines.basic + 4 * lines.sums + 1) + lines.low + lines.basic + matches;
}
