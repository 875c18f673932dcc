#include "Halves.h"

void sluice_halve_lines(const float *upper, const float *lower, int width, float *out) {
    int pairs = width / 2;
    for (int x = 0; x < pairs; x++)
        out[x] = 0.25f * ((upper[2 * x] + upper[2 * x + 1]) + (lower[2 * x] + lower[2 * x + 1]));
    if (width % 2 == 1) out[pairs] = 0.5f * (upper[width - 1] + lower[width - 1]);
}

void sluice_add_doubled(const float *near, const float *far, int width, float *room, float *line) {
    int half = sluice_half(width), last = half - 1;
    for (int x = 0; x < half; x++) room[x] = 0.75f * near[x] + 0.25f * far[x];
    // Outside there is what is at the edge.
    line[0] += room[0];
    for (int x = 1; x < half; x++) {
        line[2 * x - 1] += 0.75f * room[x - 1] + 0.25f * room[x];
        line[2 * x] += 0.25f * room[x - 1] + 0.75f * room[x];
    }
    if (width % 2 == 0) line[2 * last + 1] += room[last];
}
