// The parts that nobody can leave out, each alone.
#include <stdio.h>
#include <stdlib.h>

#include <jpeglib.h>
#include <nettle/sha2.h>

#include "floor.h"

size decode(const unsigned char *bytes, size_t length, int for_side, unsigned char **pixels) {
    struct jpeg_decompress_struct jpeg;
    struct jpeg_error_mgr errors;
    jpeg.err = jpeg_std_error(&errors);
    jpeg_create_decompress(&jpeg);
    jpeg_mem_src(&jpeg, bytes, length);
    jpeg_read_header(&jpeg, TRUE);
    size of = { jpeg.image_width, jpeg.image_height };
    jpeg.scale_num = 1;
    jpeg.scale_denom = for_side ? jpeg_shrink(factor(of, for_side), of) : 1;
    jpeg_start_decompress(&jpeg);
    size_t stride = (size_t) jpeg.output_width * jpeg.output_components;
    unsigned char *block = malloc(pixels ? stride * jpeg.output_height : stride);
    while (jpeg.output_scanline < jpeg.output_height) {
        JSAMPROW line = block + (pixels ? stride * jpeg.output_scanline : 0);
        jpeg_read_scanlines(&jpeg, &line, 1);
    }
    of = (size) { jpeg.output_width, jpeg.output_height };
    jpeg_destroy_decompress(&jpeg);
    if (pixels) *pixels = block; else free(block);
    return of;
}

void encode(unsigned char *pixels, size of) {
    struct jpeg_compress_struct jpeg;
    struct jpeg_error_mgr errors;
    unsigned char *bytes = NULL;
    unsigned long length = 0;
    jpeg.err = jpeg_std_error(&errors);
    jpeg_create_compress(&jpeg);
    jpeg_mem_dest(&jpeg, &bytes, &length);
    jpeg.image_width = of.width;
    jpeg.image_height = of.height;
    jpeg.input_components = 3;
    jpeg.in_color_space = JCS_RGB;
    jpeg_set_defaults(&jpeg);
    jpeg_set_quality(&jpeg, quality, TRUE);
    jpeg_start_compress(&jpeg, TRUE);
    while (jpeg.next_scanline < jpeg.image_height) {
        JSAMPROW line = pixels + (size_t) jpeg.next_scanline * of.width * 3;
        jpeg_write_scanlines(&jpeg, &line, 1);
    }
    jpeg_finish_compress(&jpeg);
    jpeg_destroy_compress(&jpeg);
    free(bytes);
}

void digest(const unsigned char *bytes, size_t length) {
    struct sha256_ctx context;
    uint8_t result[SHA256_DIGEST_SIZE];
    sha256_init(&context);
    sha256_update(&context, length, bytes);
    sha256_digest(&context, sizeof result, result);
}
