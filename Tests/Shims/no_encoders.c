// A libheif that has no encoders, for a worker: LD_PRELOAD.
int heif_have_encoder_for_format(int format) { return 0; }
