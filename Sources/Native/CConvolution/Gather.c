#include "Pixels.h"
#include <string.h>

// `count` numbers, `stride` apart. Whole vectors as long as the source has them.
INLINE void copy(float *to, const float *from, const float *end, int count, int stride) {
    int i = 0;
    if (stride == 1) {
        for (; i < count && end - (from + i) >= 8; i += 8) STORE(to + i, LOAD(from + i));
    } else if (stride == 2) {
        for (; i < count && end - from >= 16 + 2 * (ptrdiff_t) i; i += 8) STORE(to + i, HALVED(from + 2 * i));
    }
    for (; i < count; i++) to[i] = from[(ptrdiff_t) i * stride];
}

INLINE void zeros(float *to, int count) {
    for (int i = 0; i < count; i++) to[i] = 0;
}

// The outputs of a row, as a range, whose input lies within the picture.
INLINE void inside(int offset, int stride, int size, int result, int *first, int *end) {
    *first = offset < 0 ? smaller((stride - 1 - offset) / stride, result) : 0;
    *end = offset < size ? smaller((size - 1 - offset) / stride + 1, result) : 0;
    *end = larger(*end, *first);
}

INLINE void gather_row(const struct window *window, const float *plane, int down, int across, int stride, float *to) {
    int first, end, width = window->result.across;
    inside(across, stride, window->size.across, width, &first, &end);
    int y = window->first / width, x = window->first % width;
    for (int left = window->count; left > 0; y++, x = 0) {
        int count = smaller(width - x, left), row = y * window->convolution.stride.down + down;
        if (row < 0 || row >= window->size.down) {
            zeros(to, count);
        } else {
            int before = smaller(larger(first - x, 0), count), until = smaller(larger(end - x, before), count);
            ptrdiff_t from = (ptrdiff_t) row * window->size.across + across + (ptrdiff_t) stride * (x + before);
            zeros(to, before);
            if (until > before) copy(to + before, plane + from, window->end, until - before, stride);
            zeros(to + until, count - until);
        }
        to += count;
        left -= count;
    }
}

INLINE void gather_all(const struct window *window, int step, int depth, float *to, size_t pitch, int stride) {
    const struct sluice_convolution *convolution = &window->convolution;
    int across = convolution->kernel.across, area = convolution->kernel.down * across;
    size_t plane = (size_t) window->size.down * (size_t) window->size.across;
    for (int last = step + depth; step < last; step++, to += pitch) {
        int place = step % area;
        gather_row(window, window->planes + (size_t) (step / area) * plane,
            place / across * convolution->dilation.down - convolution->padding.down,
            place % across * convolution->dilation.across - convolution->padding.across, stride, to);
    }
}

CLONES void sluice_convolution_gather(const struct window *window, int step, int depth, float *to, size_t pitch) {
    switch (window->convolution.stride.across) {
    case 1: gather_all(window, step, depth, to, pitch, 1); break;
    case 2: gather_all(window, step, depth, to, pitch, 2); break;
    default: gather_all(window, step, depth, to, pitch, window->convolution.stride.across);
    }
}
