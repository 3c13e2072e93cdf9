"""The words of the pages, as JSON in each language.

Owns: the path `/words/{language}.json`. The words themselves stand with their pages: what all
pages have in `words_shell`, then those of accounts, of the wallboard and of the agent desk. Must
not know what is on a page.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from functools import lru_cache
from http import HTTPStatus
from types import MappingProxyType
from typing import Final

from starlette.requests import Request
from starlette.responses import Response

from config.language import in_language
from config.settings import Language
from supervisor.web.pages import FRESH
from supervisor.web.problems import Problem
from supervisor.web.words_accounts import ACCOUNT_WORDS
from supervisor.web.words_desk import DESK_WORDS
from supervisor.web.words_shell import SHELL_WORDS
from supervisor.web.words_wall import WALL_WORDS

PAGE_WORDS: Final[Mapping[str, str]] = MappingProxyType(
    {**SHELL_WORDS, **ACCOUNT_WORDS, **WALL_WORDS, **DESK_WORDS}
)
"""Key -> English. Keys are dotted (`sign_in.name`); places for facts are written `{so}`."""


@lru_cache(maxsize=len(Language))
def _encoded(language: Language) -> tuple[bytes, str]:
    words = {key: in_language(english, language) for key, english in PAGE_WORDS.items()}
    text = json.dumps(words, ensure_ascii=False, separators=(",", ":")).encode()
    return text, f'"{hashlib.sha256(text).hexdigest()[:32]}"'


async def words_answer(request: Request) -> Response:
    """All words in one language; nothing, if the browser has them already."""
    try:
        language = Language(request.path_params["language"])
    except ValueError:
        raise Problem(HTTPStatus.NOT_FOUND, "no_language", "that language is not spoken") from None
    text, tag = _encoded(language)
    headers = {**FRESH, "etag": tag}
    if request.headers.get("if-none-match") == tag:
        return Response(status_code=HTTPStatus.NOT_MODIFIED, headers=headers)
    return Response(text, media_type="application/json", headers=headers)
