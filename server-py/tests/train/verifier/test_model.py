"""The verifier's module: it computes what transformers computes, and its folder holds what SGLang needs."""

import dataclasses
import json
import shutil
from pathlib import Path
from typing import Any

import pytest

torch: Any = pytest.importorskip("torch", reason="the environment for training is not there", exc_type=ImportError)
transformers: Any = pytest.importorskip("transformers")

from mucode.errors import MucodeError  # noqa: E402  behind the skip
from mucode.train.generator.settings import LoraConfig  # noqa: E402  behind the skip
from mucode.train.verifier.model import load, new_scorer, save  # noqa: E402  behind the skip
from mucode.train.verifier.score import scores_of  # noqa: E402  behind the skip
from mucode.train.verifier.settings import VerifierConfig  # noqa: E402  behind the skip

pytestmark = pytest.mark.train
CONFIG = VerifierConfig(max_length=512)
TEXTS = [[5, 6, 7, 8], list(range(100, 230)), [9] * 64, [11]]


def theirs(folder: Path, texts: list[list[int]]) -> list[float]:
    """The scores by transformers' own class, one text at a time."""
    model = transformers.AutoModelForSequenceClassification.from_pretrained(folder, dtype=torch.float32).eval()
    with torch.no_grad():
        return [model(input_ids=torch.tensor([text])).logits.item() for text in texts]


def saved(base: Path, folder: Path, config: VerifierConfig = CONFIG) -> Path:
    folder.mkdir()
    save(new_scorer(base, config, 1).whole(), base, folder)
    return folder


def changed(base: Path, folder: Path, **settings: object) -> Path:
    """The base with other settings."""
    shutil.copytree(base, folder)
    path = folder / "config.json"
    path.write_text(json.dumps({**json.loads(path.read_text()), **settings}))
    return folder


def test_scores_are_those_of_transformers_whatever_the_batches(base: Path, tmp_path: Path) -> None:
    folder = saved(base, tmp_path / "verifier")
    model, _ = load(folder, torch.float32)
    expected = theirs(folder, TEXTS)
    for tokens_at_once in (1, 64, 128, 100_000):
        assert scores_of(model, TEXTS, tokens_at_once) == pytest.approx(expected, abs=1e-6)
    assert len({round(score, 4) for score in expected}) == len(TEXTS)


def bare(model: Any, text: list[int]) -> Any:  # noqa: ANN401  a tensor
    """What the head reads of a text."""
    with torch.no_grad():
        return model.classifier.base_model(input_ids=torch.tensor([text])).last_hidden_state[0, -1]


def test_the_head_is_not_rounded_when_all_else_is(base: Path, tmp_path: Path) -> None:
    folder = saved(base, tmp_path / "verifier")
    stored = load(folder, torch.float32)[0].classifier.score.weight.detach()
    model, _ = load(folder, torch.bfloat16)
    assert model.classifier.base_model.embed_tokens.weight.dtype == torch.bfloat16
    assert torch.equal(model.classifier.score.weight, stored)
    expected = [float(bare(model, text).double() @ stored[0].double()) for text in TEXTS]
    with torch.no_grad():
        found = [model(torch.tensor([text]), torch.tensor([len(text)])).item() for text in TEXTS]
    assert found == pytest.approx(expected, abs=1e-6)
    rounded = [float(torch.tensor(one).bfloat16()) for one in expected]
    assert max(abs(one - other) for one, other in zip(expected, rounded, strict=True)) > 1e-4


@pytest.mark.parametrize("form", ["full", "lora"])
def test_the_head_learns_in_float32_where_the_rest_computes_in_bfloat16(base: Path, form: str) -> None:
    model = new_scorer(base, dataclasses.replace(CONFIG, form=form), 1)
    ids, lengths = torch.tensor([TEXTS[1]]), torch.tensor([len(TEXTS[1])])
    with torch.autocast("cpu", torch.bfloat16):
        score = model(ids, lengths)
        last = model.classifier.base_model(input_ids=ids).last_hidden_state[0, -1]
    expected = last.detach().double() @ model.classifier.score.weight[0].detach().double()
    assert score.item() == pytest.approx(expected.item(), abs=1e-6)
    score.sum().backward()
    learned = [one for name, one in model.named_parameters() if "score" in name and one.requires_grad]
    (gradient,) = [one.grad for one in learned]
    assert gradient is not None
    torch.testing.assert_close(gradient[0], last.detach().float())


def test_a_text_that_ends_with_the_filler_is_read_to_its_end(base: Path, tmp_path: Path) -> None:
    model, _ = load(saved(base, tmp_path / "verifier"), torch.float32)
    pad = json.loads((base / "config.json").read_text())["pad_token_id"]
    with_pad, without = scores_of(model, [[5, 6, pad], [5, 6]], 1024)
    assert abs(with_pad - without) > 1e-4


def test_nothing_is_added_to_vocabulary_or_tokenizer(base: Path, tmp_path: Path) -> None:
    """Fault 4 of the reference code: it always added [PAD], whose id the model does not know."""
    folder = saved(base, tmp_path / "verifier")
    for name in ("tokenizer.json", "tokenizer_config.json", "chat_template.jinja"):
        assert (folder / name).read_bytes() == (base / name).read_bytes()
    before, after = (json.loads((place / "config.json").read_text()) for place in (base, folder))
    assert (after["vocab_size"], after["pad_token_id"]) == (before["vocab_size"], before["pad_token_id"])
    assert after["pad_token_id"] < after["vocab_size"]


def test_without_a_pad_token_the_end_of_text_pads(base: Path, tmp_path: Path) -> None:
    plain = changed(base, tmp_path / "plain", pad_token_id=None)
    path = plain / "tokenizer_config.json"
    settings = {name: value for name, value in json.loads(path.read_text()).items() if name != "pad_token"}
    path.write_text(json.dumps(settings))
    tokenizer = transformers.AutoTokenizer.from_pretrained(plain)
    assert tokenizer.pad_token_id is None
    model = new_scorer(plain, CONFIG, 1)
    assert model.classifier.config.pad_token_id == tokenizer.eos_token_id
    assert model.classifier.base_model.embed_tokens.weight.shape[0] == len(tokenizer)


def test_there_is_no_dropout_in_training(base: Path, tmp_path: Path) -> None:
    model = new_scorer(changed(base, tmp_path / "dropping", attention_dropout=0.5), CONFIG, 1).train()
    ids, lengths = torch.tensor([TEXTS[1]]), torch.tensor([len(TEXTS[1])])
    assert model(ids, lengths).tolist() == model(ids, lengths).tolist()


def test_the_head_is_drawn_from_the_seed(base: Path) -> None:
    heads = [new_scorer(base, CONFIG, seed).classifier.score.weight for seed in (1, 1, 2)]
    assert torch.equal(heads[0], heads[1])
    assert not torch.equal(heads[0], heads[2])
    assert heads[0].std().item() == pytest.approx(1 / 65**0.5, rel=0.3)


def test_low_rank_changes_end_in_whole_weights(base: Path, tmp_path: Path) -> None:
    config = VerifierConfig(max_length=512, form="lora", lora=LoraConfig(rank=2))
    model = new_scorer(base, config, 1)
    learned = {name for name, value in model.named_parameters() if value.requires_grad}
    assert all("lora_" in name or "score" in name for name in learned)
    with torch.no_grad():
        for name, value in model.named_parameters():
            if "lora_B" in name:
                value.fill_(0.01)
    before = scores_of(model, TEXTS, 1024)
    folder = tmp_path / "verifier"
    folder.mkdir()
    save(model.whole(), base, folder)
    assert theirs(folder, TEXTS) == pytest.approx(before, abs=1e-5)
    assert max(abs(a - b) for a, b in zip(before, theirs(saved(base, tmp_path / "same"), TEXTS), strict=True)) > 1e-3


def tiny_qwen(base: Path, folder: Path) -> Path:
    shutil.copytree(base, folder)
    config = transformers.Qwen2Config(
        vocab_size=1024,
        hidden_size=32,
        intermediate_size=64,
        num_hidden_layers=1,
        num_attention_heads=2,
        num_key_value_heads=1,
        max_position_embeddings=1024,
    )
    transformers.Qwen2ForCausalLM(config).save_pretrained(folder)
    return folder


def test_a_head_that_has_a_bias_in_sglang_only_gets_one_of_zero(base: Path, tmp_path: Path) -> None:
    load_file: Any = pytest.importorskip("safetensors.torch").load_file
    qwen = saved(tiny_qwen(base, tmp_path / "qwen-base"), tmp_path / "qwen")
    assert load_file(qwen / "model.safetensors")["score.bias"].tolist() == [0.0]
    model, _ = load(qwen, torch.float32)
    assert scores_of(model, TEXTS, 1024) == pytest.approx(theirs(qwen, TEXTS), abs=1e-6)
    assert "score.bias" not in load_file(saved(base, tmp_path / "llama") / "model.safetensors")


def test_equal_weights_are_equal_bytes_and_one_revision(base: Path, tmp_path: Path) -> None:
    revisions: list[str] = []
    for name in ("a", "b"):
        (tmp_path / name).mkdir()
        revisions.append(save(new_scorer(base, CONFIG, 1).whole(), base, tmp_path / name))
    assert revisions[0] == revisions[1]
    for path in (tmp_path / "a").iterdir():
        assert path.read_bytes() == (tmp_path / "b" / path.name).read_bytes(), path.name


def test_more_tokens_than_positions_and_a_missing_model_are_refused(base: Path, tmp_path: Path) -> None:
    with pytest.raises(MucodeError, match="positions"):
        new_scorer(base, VerifierConfig(max_length=100_000), 1)
    with pytest.raises(MucodeError, match="no model in"):
        new_scorer(tmp_path, CONFIG, 1)
