namespace Qwen2Audio.Text.Tests;

/// <summary>Levels of JSON nesting in the files of a tokenizer.</summary>
public sealed class TokenizerFilesNestingTests
{
    [Theory]
    [InlineData("vocab.json")]
    [InlineData("tokenizer.json")]
    [InlineData("tokenizer_config.json")]
    public void With_33_levels_are_too_many(string name)
    {
        using var folder = new TokenizerFolder().Separate();
        folder.Write(name, Deep(33));
        Assert.Contains("maximum configured depth of 32", Assert.Throws<TokenizerFileException>(() => TokenizerFiles.Load(folder.Path)).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void With_32_levels_are_read()
    {
        using var folder = new TokenizerFolder().Separate();
        folder.Write("tokenizer_config.json", Deep(32));
        Assert.NotNull(TokenizerFiles.Load(folder.Path));
    }

    private static string Deep(int levels) => string.Concat(Enumerable.Repeat("{\"a\":", levels)) + "1" + new string('}', levels);
}
