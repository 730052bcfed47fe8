"""Tests of `core.teaching`: what is explained is right, and everything named is there."""
