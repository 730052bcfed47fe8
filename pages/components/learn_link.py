"""Links from other pages to what the Learn page explains."""

from core.teaching import BLOCKS, WORKED_NETWORK, block_of, term_of


def block_link(block: str, label: str = "") -> str:
    """Return Markdown that leads to a block; `label` is its title by default."""
    part = "network" if block == WORKED_NETWORK else f"blocks&block={block}"
    return f"[{label or f'Learn: {BLOCKS[block].title}'}](learn?part={part})"


def learn_link(field: str) -> str:
    """Return Markdown that leads to what explains a hyperparameter; empty where nothing does."""
    if block := block_of(field):
        return block_link(block)
    if term := term_of(field):
        return f"[Glossary: {term}](learn?part=glossary)"
    return ""
