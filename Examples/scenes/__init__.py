"""The scenes of Examples/pictures. Each function paints one and returns it; none writes files."""
