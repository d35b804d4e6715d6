"""Sentiment: short reviews, positive or negative; with negation, and from level 2 with a turn ("... but ...")."""

import random

from assay.datasets.generators.families import Draft, Family, Item, Language, Word, Wording, joined, pick

THINGS = tuple(
    Word(en, zh)
    for en, zh in (
        ("film", "这部电影"), ("book", "这本书"), ("hotel", "这家酒店"), ("soup", "这碗汤"), ("song", "这首歌"), ("phone", "这部手机"), ("game", "这款游戏"),
        ("shop", "这家商店"), ("show", "这场演出"), ("chair", "这把椅子"), ("coffee", "这杯咖啡"), ("room", "这个房间"),
    )
)  # fmt: skip
GOOD = tuple(
    Word(en, zh)
    for en, zh in (
        ("good", "好"), ("great", "棒"), ("lovely", "讨人喜欢"), ("wonderful", "出色"), ("nice", "不错"), ("perfect", "完美"), ("pleasant", "令人满意"),
    )
)  # fmt: skip
BAD = tuple(
    Word(en, zh)
    for en, zh in (
        ("bad", "差"), ("awful", "糟糕"), ("terrible", "可怕"), ("disappointing", "令人失望"), ("poor", "劣质"), ("nasty", "让人讨厌"), ("horrible", "烂"),
    )
)  # fmt: skip
SAID = (
    Wording("The {thing} was {word}.", "{thing}很{word}。"),
    Wording("I found the {thing} really {word}.", "我觉得{thing}真的很{word}。"),
)
NOT = (
    Wording("The {thing} was not {word} at all.", "{thing}一点也不{word}。"),
    Wording("Nobody could call the {thing} {word}.", "谁也不会说{thing}{word}。"),
)
AFTER = {
    True: (Wording("I would choose it again.", "下次我还会选它。"), Wording("I love it.", "我很喜欢。"), Wording("It made me happy.", "它让我很开心。"), Wording("Thank you!", "谢谢！")),
    False: (Wording("Never again.", "再也不要了。"), Wording("I hate it.", "我很讨厌。"), Wording("It made me angry.", "它让我很生气。"), Wording("I want my money back.", "我要退款。")),
}  # fmt: skip
BUT = {
    True: Wording("At first I did not like it, but in the end I loved it.", "一开始我不喜欢，但最后我非常喜欢。"),
    False: Wording("At first I liked it, but in the end I hated it.", "一开始我挺喜欢，但最后我非常讨厌。"),
}
ASK = Wording('Is this review positive or negative? Answer "positive" or "negative".', "这条评论是正面的还是负面的？回答“正面”或“负面”。")
LABELS = {True: Word("positive", "正面"), False: Word("negative", "负面")}
NO_NEGATION = frozenset({"nice"})
"""Words whose Chinese does not go with the negated wordings."""


def draw_sentiment(rng: random.Random, level: int) -> Draft:
    """A statement, negated or not, and a second sentence of the same mind."""
    positive, negated, thing = rng.random() < 0.5, rng.random() < 0.35, pick(rng, THINGS)
    pool = GOOD if positive != negated else BAD
    word = pick(rng, [each for each in pool if not negated or each.en not in NO_NEGATION])
    first, last = rng.randrange(2), rng.randrange(4)
    turn = level > 1 and rng.random() < 0.5

    def write(language: Language) -> tuple[Item, ...]:
        said = [(NOT if negated else SAID)[first].fill(language, thing=thing, word=word)]
        said.append((BUT[positive] if turn else AFTER[positive][last]).fill(language))
        gold, why = LABELS[positive].in_(language), said[-1]
        return (
            Item(
                input=f"{joined(said, language)}\n{ASK.fill(language)}",
                target=gold,
                solution=f"{why}\n{gold}",
                wrong=LABELS[not positive].in_(language),
                template=f"sentiment {'not' if negated else 'plain'}{' but' if turn else ''}",
                skills=("language/sentiment",),
            ),
        )

    return Draft(f"sentiment {thing.en} {word.en} {negated} {first} {'turn' if turn else last} {positive}", write)


SENTIMENT = Family(name="sentiment", draw=draw_sentiment)
