#include <math.h>
#include <stdlib.h>

#include "Parts.h"

// Strengths of edges, in steps of Lab a pixel: between two of them a pixel counts for both.
static const float levels[SLUICE_EDGE_STRENGTHS + 1] = {0, 1, 2, 4, 8, 16, 32};

static int clamp(int value, int least, int most) { return value < least ? least : value > most ? most : value; }

// How far a pixel is from the middle: 0 there, nearly 1 at both ends.
static float distance(int position, int size) { return fabsf((float) (2 * position + 1 - size)) / size; }

// The middle of each direction is a multiple of an eighth of half a turn, so that level and upright edges, which are
// the most common ones, do not fall between two.
static int direction_of(float across, float down) {
    static const float tangents[4] = {0.19891237f, 0.66817864f, 1.49660576f, 5.02733949f};
    float level = fabsf(across), upright = fabsf(down);
    // Sums instead of a search: what comes next cannot be foreseen, and each wrong guess costs more than all of them.
    int step = 0;
    for (int i = 0; i < 4; i++) step += upright > tangents[i] * level;
    return (across < 0) == (down < 0) ? step : (SLUICE_EDGE_DIRECTIONS - step) % SLUICE_EDGE_DIRECTIONS;
}

static void count(float strength, int direction, float weight, float *numbers) {
    int level = 0;
    for (int i = 1; i < SLUICE_EDGE_STRENGTHS; i++) level += strength >= levels[i];
    float rest = fminf((strength - levels[level]) / (levels[level + 1] - levels[level]), 1);
    float *lower = level == 0 ? numbers : numbers + 1 + (level - 1) * SLUICE_EDGE_DIRECTIONS + direction;
    *lower += weight * (1 - rest);
    numbers[1 + level * SLUICE_EDGE_DIRECTIONS + direction] += weight * rest;
}

// Where a pixel and its neighbours are in three lines of one plane.
typedef struct {
    const float *above, *here, *below;
} lines;

static lines lines_of(const sluice_lab *lab, int band, int y) {
    const float *plane = lab->plane[band];
    int last = lab->height - 1;
    return (lines) {
        plane + (size_t) clamp(y - 1, 0, last) * lab->width, plane + (size_t) y * lab->width,
        plane + (size_t) clamp(y + 1, 0, last) * lab->width,
    };
}

static int cell_of(const sluice_lab *lab, int x, int y) {
    int column = (int) (distance(x, lab->width) * SLUICE_LAYOUT_COLUMNS);
    return y * SLUICE_LAYOUT_ROWS / lab->height * SLUICE_LAYOUT_COLUMNS + clamp(column, 0, SLUICE_LAYOUT_COLUMNS - 1);
}

sluice_edge_sum sluice_edges(const sluice_lab *lab, float *numbers, float *shape) {
    const int width = lab->width;
    const float weight = 1 / ((float) width * lab->height);
    sluice_edge_sum sum = {0};
    for (int band = 0; band < 3; band++, numbers += SLUICE_EDGE_NUMBERS / 3) {
        for (int y = 0; y < lab->height; y++) {
            const lines line = lines_of(lab, band, y);
            for (int x = 0; x < width; x++) {
                const int left = x > 0 ? x - 1 : 0, right = x < width - 1 ? x + 1 : x;
                // Sobel's operator.
                float above = line.above[right] - line.above[left], below = line.below[right] - line.below[left];
                float across = (above + 2 * (line.here[right] - line.here[left]) + below) / 8;
                float lower = line.below[left] + 2 * line.below[x] + line.below[right];
                float down = (lower - (line.above[left] + 2 * line.above[x] + line.above[right])) / 8;
                // The left half as in a mirror; a column in the middle the same for both.
                if (2 * x + 1 < width) across = -across;
                if (2 * x + 1 == width) across = fabsf(across), down = fabsf(down);
                float strength = sqrtf(across * across + down * down);
                int direction = direction_of(across, down);
                count(strength, direction, weight, numbers);
                if (band > 0) continue;
                sum.all += strength;
                if (direction % (SLUICE_EDGE_DIRECTIONS / 2) == 0) sum.straight += strength;
                if (shape != NULL) shape[cell_of(lab, x, y) * SLUICE_EDGE_DIRECTIONS + direction] += strength * weight;
            }
        }
    }
    sum.all *= weight;
    sum.straight *= weight;
    return sum;
}

void sluice_layout(const sluice_lab *lab, float *numbers) {
    static const float middle[3] = {50, 0, 0}, reach[3] = {50, 60, 60};
    float sums[SLUICE_LAYOUT_CELLS][3] = {{0}}, counts[SLUICE_LAYOUT_CELLS] = {0};
    for (int y = 0; y < lab->height; y++) {
        for (int x = 0; x < lab->width; x++) {
            size_t pixel = (size_t) y * lab->width + x;
            int cell = cell_of(lab, x, y);
            counts[cell]++;
            for (int band = 0; band < 3; band++)
                sums[cell][band] += (lab->plane[band][pixel] - middle[band]) / reach[band];
        }
    }
    for (int cell = 0; cell < SLUICE_LAYOUT_CELLS; cell++) {
        for (int band = 0; band < 3 && counts[cell] > 0; band++) {
            float mean = sums[cell][band] / counts[cell];
            numbers[cell * 6 + band * 2] = fmaxf(mean, 0);
            numbers[cell * 6 + band * 2 + 1] = fmaxf(-mean, 0);
        }
    }
}
