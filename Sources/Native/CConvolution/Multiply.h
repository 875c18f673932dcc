// A matrix product for one kind of processor. The including file defines how many numbers a vector has (LANES, and
// FEW at the right edge); how many vectors (VECTORS) and output planes (ROWS) are summed at once, such that all sums
// stay in registers; what to compile for (TARGET); and the processor's name (PROCESSOR).
#include "Processor.h"
#include <string.h>

// As locals and behind pointers only: how one is passed depends on what the processor has.
typedef float lanes __attribute__((vector_size(LANES * 4)));
typedef float lanes_anywhere __attribute__((vector_size(LANES * 4), aligned(4)));
typedef float few __attribute__((vector_size(FEW * 4)));
typedef float few_anywhere __attribute__((vector_size(FEW * 4), aligned(4)));
typedef int lanes_mask __attribute__((vector_size(LANES * 4)));
typedef int few_mask __attribute__((vector_size(FEW * 4)));

#define LOAD(kind, pointer) ((kind) *(const kind##_anywhere *) (pointer))
#define STORE(kind, pointer, value) (*(kind##_anywhere *) (pointer) = (value))
#define ALL(kind, value) ((value) - (kind) {0})
// The first where the condition holds, else the second.
#define CHOOSE(kind, condition, first, second) \
    ((kind) (((condition) & (kind##_mask) (first)) | (~(condition) & (kind##_mask) (second))))
#define UNROLL _Pragma("clang loop unroll(full)")

// ROWS output planes from `row` on, `used` pixels from `first` on: as many as `count` vectors hold, or fewer.
#define MAKE_TILE(name, kind, in_one, count) \
    TARGET static void name(const struct product *product, int row, int first, int used) { \
        kind sums[ROWS][count]; \
        UNROLL for (int r = 0; r < ROWS; r++) UNROLL for (int v = 0; v < (count); v++) sums[r][v] = (kind) {0}; \
        const float *weights = product->weights + (size_t) row * (size_t) product->depth; \
        const float *pixels = product->pixels + first; \
        size_t pitch = product->pitch; \
        for (int step = product->depth; step > 0; step--, weights += ROWS, pixels += pitch) { \
            kind values[count]; \
            UNROLL for (int v = 0; v < (count); v++) values[v] = LOAD(kind, pixels + v * (in_one)); \
            UNROLL for (int r = 0; r < ROWS; r++) { \
                kind weight = ALL(kind, weights[r]); \
                UNROLL for (int v = 0; v < (count); v++) sums[r][v] += weight * values[v]; \
            } \
        } \
        bool whole = used == (in_one) * (count), continues = product->continues, ends = product->ends; \
        kind least = ALL(kind, product->finish.least), most = ALL(kind, product->finish.most); \
        float made[ROWS * (in_one) * (count)], *place = made, edge[(in_one) * (count)]; \
        UNROLL for (int r = 0; r < ROWS; r++) UNROLL for (int v = 0; v < (count); v++) \
            STORE(kind, made + (r * (count) + v) * (in_one), sums[r][v]); \
        for (int r = row; r < row + ROWS && r < product->height; r++, place += (in_one) * (count)) { \
            float *line = product->to + (size_t) r * product->plane + first, *to = whole ? line : edge; \
            if (continues && !whole) memcpy(edge, line, sizeof(float) * (size_t) used); \
            kind scale = {0}, offset = {0}; \
            if (ends) scale = ALL(kind, product->finish.scales[r]), offset = ALL(kind, product->finish.offsets[r]); \
            UNROLL for (int v = 0; v < (count); v++) { \
                kind value = LOAD(kind, place + v * (in_one)); \
                if (continues) value += LOAD(kind, to + v * (in_one)); \
                if (ends) { \
                    value = value * scale + offset; \
                    value = CHOOSE(kind, value < least, least, value); \
                    value = CHOOSE(kind, value > most, most, value); \
                } \
                STORE(kind, to + v * (in_one), value); \
            } \
            if (!whole) memcpy(line, edge, sizeof(float) * (size_t) used); \
        } \
    }

MAKE_TILE(multiply_all, lanes, LANES, VECTORS)
#if VECTORS > 2
MAKE_TILE(multiply_two, lanes, LANES, 2)
#endif
MAKE_TILE(multiply_one, lanes, LANES, 1)
#if FEW < LANES
MAKE_TILE(multiply_few, few, FEW, 1)
#endif

// The pixels stay in the nearest cache while all output planes are made of them.
static void multiply(const struct product *product) {
    int used;
    for (int first = 0; first < product->width; first += used) {
        int left = product->width - first, room = LANES;
        void (*tile)(const struct product *, int, int, int) = multiply_one;
        if (left > LANES * (VECTORS - 1)) {
            tile = multiply_all, room = LANES * VECTORS;
#if VECTORS > 2
        } else if (left > LANES + FEW) {
            tile = multiply_two, room = LANES * 2;
#endif
#if FEW < LANES
        } else if (left <= FEW) {
            tile = multiply_few, room = FEW;
#endif
        }
        used = left < room ? left : room;
        for (int row = 0; row < product->height; row += ROWS) tile(product, row, first, used);
    }
}

const struct processor PROCESSOR = {ROWS, multiply};
