"""Chinese words are marked as Chinese."""

from check_site import check_site

BIBLIOGRAPHY = """\
@book{qiu2020,
  author = {Qiu, Xipeng},
  title = {Neural Networks (神经网络) and more},
  publisher = {Press},
  year = {2020}
}
"""

GLOSSARY = """\
# Glossary

```{glossary}
hidden state
  {zh}`隐状态`, {zh}`隐藏状态`

  What is kept.

loss
  {zh}`损失` begins a sentence here.

cell
  No Chinese.
```
"""


def test_the_role_marks_its_text(build):
    built = build({"index": "# P\n\nA {zh}`批` of sequences.\n"}, "bookkit.languages")
    assert not built.warnings
    assert '<span lang="zh-Hans">批</span> of' in built.page()


def test_terms_beside_the_english_one(build):
    html = build({"index": GLOSSARY}, "bookkit.languages").page()
    term = html[html.index('id="term-hidden-state"') : html.index("</dt>")]
    assert '<span lang="zh-Hans">隐状态</span>, <span lang="zh-Hans">隐藏状态</span>' in term
    assert "What is kept." in html
    # a sentence that merely begins with a Chinese word stays a sentence
    assert '<dd><p><span lang="zh-Hans">损失</span> begins' in html


def test_titles_in_the_bibliography_and_in_tooltips(build):
    pages = {
        "index": "# P\n\n{cite:t}`qiu2020`\n\n```{bibliography}\n```\n",
        "references.bib": BIBLIOGRAPHY,
    }
    built = build(
        pages,
        "sphinxcontrib.bibtex",
        "bookkit.languages",
        bibtex_bibfiles=["references.bib"],
        bibtex_reference_style="author_year",
    )
    html = built.page()
    assert '(<span lang="zh-Hans">神经网络</span>) and more' in html
    assert 'title="Xipeng Qiu. Neural Networks and more. Press, 2020."' in html
    assert not [p for p in check_site(built.site) if "Chinese" in p]
