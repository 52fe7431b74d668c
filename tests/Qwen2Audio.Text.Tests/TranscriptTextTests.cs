
namespace Qwen2Audio.Text.Tests;

public sealed class TranscriptTextTests
{
    [Theory]
    [InlineData("No-sir-ee.", "no sir ee")]
    [InlineData("dog_bark", "dog bark")]
    [InlineData("I don't, he said; 'tis  the boys' turn", "i don't he said tis the boys turn")]
    [InlineData("It\u2019s", "it's")]
    public void TextsBecomePlainWords(string text, string expected) => Assert.Equal(expected, TranscriptText.Normalise(text));

    [Theory]
    [InlineData("at 5 pm", "5")]
    [InlineData("café", "é")]
    [InlineData("cafe\u0301", "\u0301")]
    [InlineData("привет", "п")]
    [InlineData("so 😀 good 5", "😀")]
    public void WhatIsNoWordIsNamed(string text, string unknown)
    {
        Assert.False(TranscriptText.TryNormalise(text, out _, out var found));
        Assert.Equal(unknown, found);
    }
}
