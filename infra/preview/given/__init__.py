"""What a report is about: the model of a stack's file, or of a user's own program."""

from infra.preview.given.model import Model, Terms
from infra.preview.given.own_program import model_of_program
from infra.preview.given.stack import model_of, model_of_file, terms_of_file

__all__ = ["Model", "Terms", "model_of", "model_of_file", "model_of_program", "terms_of_file"]
