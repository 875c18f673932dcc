#include "Window.h"

#include <stdlib.h>
#include <string.h>

bool sluice_window_init(sluice_window *window, int width, int lines) {
    window->width = width;
    window->lines = lines;
    window->stride = (size_t) width + 2 * SLUICE_WINDOW_MARGIN;
    window->numbers = calloc((size_t) lines * window->stride, sizeof(float));
    return window->numbers != NULL;
}

void sluice_window_free(sluice_window *window) {
    free(window->numbers);
    window->numbers = NULL;
}

void sluice_window_clear(const sluice_window *window, int line) {
    memset(sluice_window_line(window, line) - SLUICE_WINDOW_MARGIN, 0, window->stride * sizeof(float));
}
