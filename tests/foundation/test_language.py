"""The language of a text, told by its script and its small words."""

import pytest

from moderation.foundation.language import NAMES, language_of

SAID = {
    "en": "I do not think that this is what the author had in mind when she wrote it.",
    "de": "Ich glaube nicht, dass die Autorin das im Sinn hatte, als sie es schrieb.",
    "fr": "Je ne pense pas que ce soit ce que l'auteur avait en tête dans ce livre.",
    "es": "No creo que eso sea lo que la autora tenía en mente cuando lo escribió.",
    "it": "Non penso che questo sia quello che aveva in mente quando lo ha scritto.",
    "pt": "Não acho que isso seja o que a autora tinha em mente quando o escreveu.",
    "nl": "Ik denk niet dat dit is wat de schrijfster in gedachten had met het boek.",
    "pl": "Nie sądzę, że to jest to, co autorka miała na myśli, kiedy to pisała.",
    "tr": "Bence bu, yazarın bunu yazarken düşündüğü şey değil ama çok güzel.",
    "ru": "Я не думаю, что автор имел это в виду, когда писал.",
    "uk": "Я не думаю, що авторка мала це на увазі, коли писала її.",
    "ar": "لا أعتقد أن هذا ما كانت تقصده الكاتبة.",
    "fa": "فکر نمی‌کنم که این چیزی باشد که نویسنده در نظر داشت.",
    "he": "אני לא חושב שזה מה שהסופרת התכוונה אליו.",
    "hi": "मुझे नहीं लगता कि लेखिका का यही मतलब था।",
    "el": "Δεν νομίζω ότι αυτό είχε στο μυαλό της η συγγραφέας.",
    "ja": "作者がそう考えていたとは思いません。",
    "zh": "我不认为这是作者的意思。",
    "ko": "작가가 그런 뜻으로 썼다고 생각하지 않아요.",
    "th": "ฉันไม่คิดว่านี่คือสิ่งที่ผู้เขียนหมายถึง",
    "vi": "Tôi không nghĩ đó là điều tác giả muốn nói khi viết cuốn sách này.",
    "id": "Saya tidak yakin itu yang dimaksud oleh penulis dengan buku ini.",
}


@pytest.mark.parametrize("language", SAID)
def test_a_sentence_tells_its_language(language):
    assert language_of(SAID[language]) == language
    assert language in NAMES


@pytest.mark.parametrize("text", ["", "!!!", "42", "a", "Zxqv bnmp", "🎉🎉🎉"])
def test_a_text_that_tells_nothing_has_none(text):
    assert language_of(text) is None


@pytest.mark.parametrize("text", ["the " * 2048, "a" * 8192, "\u1ec7" * 8192, "\u202e\u0300" * 4096])
def test_the_longest_text_breaks_nothing(text):
    assert language_of(text) in {"en", "vi", None}
