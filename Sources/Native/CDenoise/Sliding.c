#include "Sliding.h"

#include <string.h>

#include "Transform.h"

// The transform down is done once for each column, that across for eight blocks at a time, one in each place of a
// vector; and back the same way, blocks added up in between.
typedef struct {
    // By frequency down, then by column. Eight columns more than blocks.
    float *noisy, *basic, *totals;
    float *weights;
    int stride;
} columns;

#define EXTRA 24

size_t sluice_sliding_room(int width) { return 25 * ((size_t) width + EXTRA); }

INLINE void transform_columns(const sluice_view *lines, int left, int width, int y, float *out, int stride) {
    for (int x = 0; x < width; x += 8) {
        octet column[8];
        for (int line = 0; line < 8; line++) column[line] = LOAD(sluice_view_line(lines, y + line) + left + x);
        transform(column);
        for (int row = 0; row < 8; row++) STORE(out + row * stride + x, column[row]);
    }
}

INLINE void load_across(const float *columns, int stride, int row, int x, octet *values) {
    for (int column = 0; column < 8; column++) values[column] = LOAD(columns + row * stride + x + column);
    transform(values);
}

// Leaves the blocks' coefficients in `values`, and what each block weighs in `weight`.
INLINE void cut(
    const columns *all, int x, const sluice_strength *strength, const octet *factor, octet *values, octet *weight) {
    octet_integers kept = {0};
    for (int row = 0; row < 8; row++) {
        octet *line = values + 8 * row;
        load_across(all->noisy, all->stride, row, x, line);
        for (int column = 0; column < 8; column++) {
            // Strengths stand column by column.
            octet limit = *factor * strength->noise[8 * column + row];
            octet_integers is_kept = line[column] * line[column] > limit;
            if (row == 0 && column == 0) is_kept |= -1;
            kept -= is_kept;
            line[column] = (octet) ((octet_integers) line[column] & is_kept);
        }
    }
    *weight = 1.0f / (*factor * __builtin_convertvector(kept, octet));
}

INLINE void weigh(
    const columns *all, int x, const sluice_strength *strength, const octet *factor, octet *values, octet *weight) {
    octet gains = ALL(0.0f);
    for (int row = 0; row < 8; row++) {
        octet *line = values + 8 * row, model[8];
        load_across(all->noisy, all->stride, row, x, line);
        load_across(all->basic, all->stride, row, x, model);
        for (int column = 0; column < 8; column++) {
            octet power = model[column] * model[column];
            octet gain = power / (power + *factor * strength->noise[8 * column + row] + 1e-6f);
            gains += gain * gain;
            line[column] *= gain;
        }
    }
    *weight = 1.0f / (*factor * gains + 1e-4f);
}

INLINE void filter(
    const columns *all, bool is_second, int count, const sluice_strength *strength, const float *factors) {
    for (int x = 0; x < count; x += 8) {
        octet values[64], factor = ALL(1.0f);
        for (int lane = 0; lane < 8; lane++) factor[lane] = factors[x + lane < count ? x + lane : count - 1];
        octet weight;
        if (is_second) weigh(all, x, strength, &factor, values, &weight);
        else cut(all, x, strength, &factor, values, &weight);
        // Those beyond the last are of another part.
        for (int lane = 0; lane < 8; lane++)
            if (x + lane >= count) weight[lane] = 0;
        for (int row = 0; row < 8; row++) {
            octet *line = values + 8 * row;
            transform_back(line);
            for (int column = 0; column < 8; column++) {
                float *total = all->totals + row * all->stride + x + column;
                STORE(total, LOAD(total) + line[column] * weight);
            }
        }
        for (int column = 0; column < 8; column++) {
            float *total = all->weights + x + column;
            STORE(total, LOAD(total) + weight);
        }
    }
}

INLINE void add_columns(const columns *all, int left, int width, int y, sluice_sums *sums) {
    for (int x = 0; x < width; x += 8) {
        octet column[8], weight = LOAD(all->weights + x);
        for (int row = 0; row < 8; row++) column[row] = LOAD(all->totals + row * all->stride + x);
        transform_back(column);
        for (int line = 0; line < 8; line++) {
            size_t place = (size_t) (y + line - sums->top) * sums->width + (left + x - sums->left);
            STORE(sums->totals + place, LOAD(sums->totals + place) + column[line]);
            STORE(sums->weights + place, LOAD(sums->weights + place) + weight);
        }
    }
}

VECTORS void sluice_filter_row(
    const sluice_view *noisy, const sluice_view *basic, int left, int right, int y, const sluice_strength *strength,
    const float *factors, float *room, sluice_sums *sums) {
    int count = right - left, width = count + SLUICE_BLOCK - 1, stride = count + EXTRA;
    columns all = {room, room + 8 * stride, room + 16 * stride, room + 24 * stride, stride};
    memset(room, 0, 25 * (size_t) stride * sizeof(float));
    transform_columns(noisy, left, width, y, all.noisy, stride);
    if (basic) transform_columns(basic, left, width, y, all.basic, stride);
    filter(&all, basic != NULL, count, strength, factors);
    add_columns(&all, left, width, y, sums);
}
