#include "NoiseFloor.h"

#include <math.h>
#include <string.h>

// The share of a brightness level's blocks that count as flat, and the share in which slopes are measured.
#define FLAT 0.12f
#define SLOPED 0.35f
#define FEWEST 30

// A straight line through points with weights.
typedef struct {
    double weight, x, y, xx, xy;
} line;

static void line_add(line *line, double weight, double x, double y) {
    line->weight += weight;
    line->x += weight * x;
    line->y += weight * y;
    line->xx += weight * x * x;
    line->xy += weight * x * y;
}

static float line_slope(const line *line) {
    if (!(line->weight > 0)) { return 1; }
    double x = line->x / line->weight, y = line->y / line->weight;
    // Blocks that are all equally flat have no slope.
    double spread = fmax(line->xx / line->weight - x * x, 0.05);
    return (float) ((line->xy / line->weight - x * y) / spread);
}

static double logarithm(double sum, double count) { return log2(sum / count + 1e-6); }

void sluice_noise_floor_of(const sluice_noise_store *store, int level, int planes, sluice_noise_floor *floor) {
    memset(floor, 0, sizeof *floor);
    float slope = 0, fine_slope[3] = {0, 0, 0};
    for (int set = 0; set < 2; set++) {
        const float *counts = store->count[set][level];
        float total = 0;
        for (int bin = 0; bin < SLUICE_NOISE_BINS; bin++) { total += counts[bin]; }
        if (total < FEWEST) { return; }
        floor->blocks += total / 2;
        line middle = {0}, fine[3] = {{0}};
        float before = 0;
        for (int bin = 0; bin < SLUICE_NOISE_BINS; bin++) {
            float count = counts[bin], after = before + count;
            float flat = fminf(after, FLAT * total) - before, sloped = fminf(after, SLOPED * total) - before;
            before = after;
            if (!(count > 0 && sloped > 0)) { continue; }
            double middle_sum = 0, fine_sum[3] = {0, 0, 0};
            int middle_count = 0, fine_count = 0;
            for (int k = 0; k < 64; k++) {
                int order = sluice_noise_order(k);
                if (order % 2 != set) { continue; }
                middle_count += order >= 2 && order <= 8;
                fine_count += order >= 9;
                for (int plane = 0; plane < planes; plane++) {
                    float square = store->squares[level][bin][plane][k];
                    if (flat > 0) { floor->variance[plane][k] += square * (flat / count) / (FLAT * total); }
                    if (order >= 2 && order <= 8) { middle_sum += square; }
                    if (order >= 9) { fine_sum[plane] += square; }
                }
            }
            double x = bin / 3.0;
            line_add(&middle, sloped, x, logarithm(middle_sum, (double) count * middle_count));
            for (int plane = 0; plane < planes; plane++) {
                line_add(&fine[plane], sloped, x, logarithm(fine_sum[plane], (double) count * fine_count));
            }
        }
        slope += line_slope(&middle) / 2;
        for (int plane = 0; plane < planes; plane++) { fine_slope[plane] += line_slope(&fine[plane]) / 2; }
    }
    floor->slope = slope;
    memcpy(floor->fine_slope, fine_slope, sizeof fine_slope);
}

float sluice_noise_band(const sluice_noise_floor *floor, int plane, int from, int to) {
    double sum = 0;
    int count = 0;
    for (int k = 0; k < 64; k++) {
        int order = sluice_noise_order(k);
        if (order < from || order > to) { continue; }
        sum += floor->variance[plane][k];
        count++;
    }
    return (float) sqrt(sum / count);
}

float sluice_noise_ramp(float value, float from, float to) {
    float place = (value - from) / (to - from);
    return place > 0 ? fminf(place, 1) : 0;
}
