#include "Depthwise.h"
#include <string.h>

// A plane is done part by part: what a part needs is copied with its padding to where the sums read it at ease.
#define PART_ACROSS 256
#define PART_FLOATS 32768
// Behind a row: what whole vectors read too much.
#define BEHIND 32

static size_t pitch_of(const struct sluice_convolution *convolution) {
    int stride = convolution->stride.across, wide = extent(convolution->kernel.across, convolution->dilation.across);
    return (size_t) ((PART_ACROSS - 1) * stride + wide + BEHIND * stride);
}

static int rows_of(const struct sluice_convolution *convolution) {
    int tall = extent(convolution->kernel.down, convolution->dilation.down);
    return larger(tall, (int) (PART_FLOATS / pitch_of(convolution)));
}

size_t sluice_convolution_depthwise_scratch(const struct sluice_convolution *convolution) {
    return pitch_of(convolution) * (size_t) rows_of(convolution);
}

struct part {
    const float *weights;
    struct sluice_convolution_pair kernel, stride, dilation;
    /// The copy, and how far apart its rows are.
    const float *from;
    size_t pitch;
    float *to;
    size_t line;
    int down, across;
    float scale, offset, least, most;
};

// Eight sums that begin at column `x` of row `y`, or those of them that are left of the part's right edge.
INLINE void put(const struct part *part, int y, int x, const octet *sums) {
    octet least = ALL(part->least), most = ALL(part->most), sum = *sums * part->scale + part->offset;
    sum = CHOOSE(sum < least, least, sum);
    sum = CHOOSE(sum > most, most, sum);
    float *to = part->to + (size_t) y * part->line + x;
    // Less than a vector may run into the next row, which comes next.
    bool spills = y + 1 < part->down && part->across >= 4 && (size_t) part->across == part->line;
    if (part->across >= 8 || spills) {
        STORE(to, sum);
    } else {
        for (int i = 0; i < part->across; i++) to[i] = sum[i];
    }
}

// The last vector ends with the row, and makes some numbers again.
INLINE int column(const struct part *part, int x) {
    return part->across >= 8 ? smaller(x, part->across - 8) : x;
}

// Two rows at a time, which have two thirds of their input in common.
INLINE void sum_three_by_three(const struct part *part) {
    for (int y = 0; y < part->down; y += 2) {
        // The last two end with the part, as vectors do.
        y = smaller(y, part->down - 2);
        for (int x = 0; x < part->across; x += 8) {
            x = column(part, x);
            const float *from = part->from + (size_t) y * part->pitch + x, *weights = part->weights;
            octet upper = ALL(0.0f), lower = ALL(0.0f);
            for (int row = 0; row < 4; row++, from += part->pitch) {
                for (int kx = 0; kx < 3; kx++) {
                    octet values = LOAD(from + kx);
                    if (row < 3) upper += values * weights[3 * row + kx];
                    if (row > 0) lower += values * weights[3 * row - 3 + kx];
                }
            }
            put(part, y, x, &upper);
            put(part, y + 1, x, &lower);
        }
    }
}

// With constants for its sizes this becomes straight code.
INLINE void sum_part(const struct part *part, int kernel_down, int kernel_across, int stride, int dilation) {
    for (int y = 0; y < part->down; y++) {
        const float *row = part->from + (size_t) (y * part->stride.down) * part->pitch;
        for (int x = 0; x < part->across; x += 8) {
            x = column(part, x);
            octet sum = ALL(0.0f);
            const float *weights = part->weights;
            for (int ky = 0; ky < kernel_down; ky++) {
                const float *from = row + (size_t) (ky * part->dilation.down) * part->pitch + (size_t) (x * stride);
                for (int kx = 0; kx < kernel_across; kx++, from += dilation) {
                    octet values;
                    if (stride == 1) {
                        values = LOAD(from);
                    } else if (stride == 2) {
                        values = HALVED(from);
                    } else {
                        for (int i = 0; i < 8; i++) values[i] = from[i * stride];
                    }
                    sum += values * *weights++;
                }
            }
            put(part, y, x, &sum);
        }
    }
}

CLONES static void sum_any(const struct part *part) {
    int down = part->kernel.down, across = part->kernel.across, stride = part->stride.across;
    int dilation = part->dilation.across;
    bool near = dilation == 1;
    if (near && down == 3 && across == 3 && stride == 1) {
        if (part->stride.down == 1 && part->dilation.down == 1 && part->down > 1) return sum_three_by_three(part);
        return sum_part(part, 3, 3, 1, 1);
    }
    if (near && down == 3 && across == 3 && stride == 2) return sum_part(part, 3, 3, 2, 1);
    if (near && down == 5 && across == 5 && stride == 1) return sum_part(part, 5, 5, 1, 1);
    if (near && down == 5 && across == 5 && stride == 2) return sum_part(part, 5, 5, 2, 1);
    if (stride == 1) return sum_part(part, down, across, 1, dilation);
    if (stride == 2) return sum_part(part, down, across, 2, dilation);
    sum_part(part, down, across, stride, dilation);
}

// `down` rows of `across` numbers from (top, left) on, which may lie outside. Nothing is read at or behind `end`; up to 8
// numbers more are written behind a row.
CLONES static void copy_part(
    const float *plane, const float *end, struct sluice_convolution_pair size, int top, int left, int down, int across,
    float *to, size_t pitch) {
    int before = smaller(larger(-left, 0), across), until = smaller(larger(size.across - left, before), across);
    for (int y = 0; y < down; y++, to += pitch) {
        int row = top + y;
        if (row < 0 || row >= size.down) {
            for (int x = 0; x < across; x += 8) STORE(to + x, ALL(0.0f));
            continue;
        }
        const float *from = plane + (ptrdiff_t) row * size.across + left;
        for (int x = 0; x < before; x++) to[x] = 0;
        int x = before;
        for (; x < until && end - (from + x) >= 8; x += 8) STORE(to + x, LOAD(from + x));
        for (; x < until; x++) to[x] = from[x];
        for (x = until; x < across; x++) to[x] = 0;
    }
}

void sluice_convolution_depthwise(
    const struct sluice_convolution *convolution, const float *weights, const struct sluice_convolution_finish *finish,
    const float *from, struct sluice_convolution_pair size, float *to, struct sluice_convolution_pair result,
    float *scratch) {
    struct sluice_convolution_pair kernel = convolution->kernel, stride = convolution->stride;
    int tall = extent(kernel.down, convolution->dilation.down);
    int wide = extent(kernel.across, convolution->dilation.across);
    size_t pitch = pitch_of(convolution), plane = (size_t) size.down * (size_t) size.across;
    const float *end = from + (size_t) convolution->inputs * plane;
    int most_down = (rows_of(convolution) - tall) / stride.down + 1;
    for (int output = 0; output < convolution->outputs; output++) {
        const float *source = from + (size_t) (output / (convolution->outputs / convolution->groups)) * plane;
        struct part part = {
            weights + (size_t) output * (size_t) (kernel.down * kernel.across), kernel, stride, convolution->dilation,
            scratch, pitch, NULL, (size_t) result.across, 0, 0, finish->scales[output], finish->offsets[output],
            finish->least, finish->most,
        };
        for (int y = 0; y < result.down; y += most_down) {
            for (int x = 0; x < result.across; x += PART_ACROSS) {
                part.down = smaller(most_down, result.down - y);
                part.across = smaller(PART_ACROSS, result.across - x);
                copy_part(source, end, size, y * stride.down - convolution->padding.down,
                    x * stride.across - convolution->padding.across, (part.down - 1) * stride.down + tall,
                    (part.across - 1) * stride.across + wide, scratch, pitch);
                part.to = to + ((size_t) output * (size_t) result.down + (size_t) y) * (size_t) result.across + x;
                sum_any(&part);
            }
        }
    }
}
