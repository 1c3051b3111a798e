"""The sample municipality and its generator."""
