"""Tells which language a text is most likely in: by its script, and by the small words that every text is full of."""

from collections import Counter
from collections.abc import Iterable
from typing import Final

import regex

NAMES: Final = {
    "en": "English",
    "ar": "Arabic",
    "bn": "Bengali",
    "zh": "Chinese",
    "cs": "Czech",
    "da": "Danish",
    "nl": "Dutch",
    "fi": "Finnish",
    "fr": "French",
    "de": "German",
    "el": "Greek",
    "he": "Hebrew",
    "hi": "Hindi",
    "hu": "Hungarian",
    "id": "Indonesian",
    "it": "Italian",
    "ja": "Japanese",
    "ko": "Korean",
    "no": "Norwegian",
    "fa": "Persian",
    "pl": "Polish",
    "pt": "Portuguese",
    "ro": "Romanian",
    "ru": "Russian",
    "es": "Spanish",
    "sv": "Swedish",
    "ta": "Tamil",
    "th": "Thai",
    "tr": "Turkish",
    "uk": "Ukrainian",
    "vi": "Vietnamese",
}
_READ: Final = 2000
_SCRIPTS: Final = {
    "Hangul": "ko",
    "Thai": "th",
    "Hebrew": "he",
    "Greek": "el",
    "Devanagari": "hi",
    "Bengali": "bn",
    "Tamil": "ta",
}
_LETTER: Final = regex.compile(r"\p{L}")
_OF_SCRIPT: Final = {name: regex.compile(rf"\p{{{name}}}") for name in _SCRIPTS}
_KANA: Final = regex.compile(r"[\p{Hiragana}\p{Katakana}]")
_HAN: Final = regex.compile(r"\p{Han}")
_ARABIC: Final = regex.compile(r"\p{Arabic}")
_PERSIAN: Final = regex.compile(r"[پچژگکی]")
_CYRILLIC: Final = regex.compile(r"\p{Cyrillic}")
_UKRAINIAN: Final = regex.compile(r"[іїєґ]", flags=regex.I)
_WORD: Final = regex.compile(r"[\p{L}\p{M}]+")

# The commonest words of each language, and letters that only it has among these.
_SMALL: Final = {
    "en": "the and of to in is that it for you was with on as are this be have not but they what his from i at so we",
    "de": "der die das und ist nicht ich zu ein eine den mit es von sie auf im auch dass wir wie für sich dem aber",
    "fr": "le la les et est pas un une des que je il dans pour du ce qui sur vous on avec plus au sont mais c'est nous",
    "es": "el la los que y de en es no un una por con para lo se las del al como más pero muy su me está mi esto todo",
    "it": "il di che è e la non un una per sono con si le lo ma gli nel della anche come più ho questo mi ci molto",
    "pt": "o que não de e é um uma os para com do da em no na se mais eu muito por mas como ao você isso está foi são",
    "nl": "de het een en van ik dat is niet te in op je zijn voor met die er maar ook aan wat heb als nog naar wel dit",
    "sv": "och det att är inte jag en som på för med har till den av om du ett men så vi var kan från när mycket detta",
    "da": "og det er ikke jeg at en på til med for har den af du som et vi men så der hvad kan meget når også blev",
    "no": "og det er ikke jeg at en på til med for har den av du som et vi men så hva kan veldig når også ble noe fra",
    "fi": "ja on ei se että hän oli en mutta niin kun mitä tämä minä ole ovat kuin voi myös jos sen nyt hyvä vain olen",
    "pl": "i w nie to się na że jest z do jak o ale co po tak za jestem czy mnie tylko był może od dla już bardzo ja",
    "cs": "a se je to na že v ne si jsem s ale jako co tak do za by jak o už jen pro když být jsou byl také který jsme",
    "ro": "și în nu este de la un o cu că pe mai din care a fost sunt pentru dar ce să am foarte acest cum era fi",
    "hu": "a az és nem hogy is egy van de ez meg csak már én mint ha volt nagyon még azt mert lesz vagy kell jó ezt",
    "tr": "bir ve bu çok da de için ne ben o var ama gibi daha değil mi ile olan sen kadar en iyi şey olarak yok ya",
    "vi": "và là của không có tôi cho những được một với này các người trong đã thì cũng rất như để khi bạn nhưng lại",
    "id": "yang dan di ini itu tidak ada untuk dengan saya dari akan bisa ke juga sudah kamu aku kita apa nya lagi",
}
_WORDS: Final = {language: frozenset(words.split()) for language, words in _SMALL.items()}
_SAID_IN: Final = {
    word: tuple(language for language, words in _WORDS.items() if word in words)
    for word in frozenset().union(*_WORDS.values())
}
_OWN_LETTERS: Final = {
    "de": "ß",
    "es": "ñ¿¡",
    "pt": "ãõ",
    "pl": "łąęśźżń",
    "cs": "řěů",
    "ro": "șță",
    "hu": "őű",
    "tr": "ğış",
    "vi": "ơưđạảấầẩẫậắằẳẵặẹẻẽếềểễệỉịọỏốồổỗộớờởỡợụủứừửữựỳỵỷỹ",
}


def language_of(text: str) -> str | None:
    """Return the language's code, such as ``de``; None where a text is too short or too mixed to tell.

    Args:
        text: from a stranger, of any length; its beginning is looked at.
    """
    text = text[:_READ]
    letters = len(_LETTER.findall(text))
    if letters < 2:
        return None
    by_script = None if text.isascii() else _by_script(text, letters)
    return by_script or _by_words(text.lower())


def known_languages(codes: Iterable[str]) -> tuple[str, ...]:
    """Return the codes of languages that can be told, each once; of ``pt-BR`` the language counts.

    Raises:
        ValueError: one of them is none.
    """
    found = tuple(dict.fromkeys(code.strip().lower().partition("-")[0] for code in codes))
    unknown = next((code for code in found if code not in NAMES), None)
    if unknown is not None:
        raise ValueError(f"{unknown[:20]} is not one of {', '.join(sorted(NAMES))}")
    return found


def _by_script(text: str, letters: int) -> str | None:
    half = letters / 2
    kana, han = len(_KANA.findall(text)), len(_HAN.findall(text))
    if kana + han > half:
        # A Japanese text is full of kana; a Chinese one has none but in a name.
        return "ja" if kana * 10 >= kana + han else "zh"
    for name, language in _SCRIPTS.items():
        if len(_OF_SCRIPT[name].findall(text)) > half:
            return language
    if len(_ARABIC.findall(text)) > half:
        return "fa" if len(_PERSIAN.findall(text)) * 20 > letters else "ar"
    if len(_CYRILLIC.findall(text)) > half:
        return "uk" if _UKRAINIAN.search(text) else "ru"
    return None


def _by_words(text: str) -> str | None:
    said, letters = _WORD.findall(text), set(text)
    scores = Counter(dict.fromkeys(_WORDS, 0))
    for word in said:
        for language in _SAID_IN.get(word, ()):
            scores[language] += 1
    for language, own in _OWN_LETTERS.items():
        scores[language] += 0 if letters.isdisjoint(own) else 2
    (first, most), (_, second) = scores.most_common(2)
    # One small word of two languages tells nothing; a long text without small words is a list, or another language.
    return first if most > second and most >= max(1, len(said) // 12) else None
