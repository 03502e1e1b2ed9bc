"""What people add to an inquiry: tags, which the code calls labels, and comments."""

from __future__ import annotations

from sqlalchemy import delete
from sqlalchemy.orm import Session

from tracker.database import insert_or_ignore, storable
from tracker.errors import InvalidInput
from tracker.inquiries.models import Inquiry, InquiryComment, InquiryLabel

LONGEST_LABEL = 40
LONGEST_COMMENT = 5000


def add_labels(session: Session, inquiry: Inquiry, text: str) -> None:
    """Puts the labels of a comma-separated list on the inquiry; those it has already change nothing.

    Raises:
        InvalidInput: a label is longer than 40 characters.
    """
    labels = [" ".join(storable(part).split()).lower() for part in text.split(",")]
    if any(len(label) > LONGEST_LABEL for label in labels):
        raise InvalidInput(f"a tag has at most {LONGEST_LABEL} characters", "labels")
    rows = [{"inquiry_id": inquiry.id, "label": label} for label in dict.fromkeys(labels) if label]
    insert_or_ignore(session, InquiryLabel, rows)


def remove_label(session: Session, inquiry: Inquiry, label: str) -> None:
    """Takes a label off; one that is not there changes nothing."""
    session.execute(delete(InquiryLabel).where(InquiryLabel.inquiry_id == inquiry.id, InquiryLabel.label == label))


def comment(session: Session, inquiry: Inquiry, text: str, author: str) -> None:
    """Adds a comment.

    Args:
        author: email of the user.

    Raises:
        InvalidInput: it says nothing, or more than 5,000 characters.
    """
    said = storable(text).strip()
    if not 0 < len(said) <= LONGEST_COMMENT:
        raise InvalidInput(f"a comment has between 1 and {LONGEST_COMMENT} characters", "text")
    session.add(InquiryComment(inquiry_id=inquiry.id, text=said, folded=said.lower(), author=author))
