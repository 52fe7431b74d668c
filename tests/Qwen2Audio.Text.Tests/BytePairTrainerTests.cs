namespace Qwen2Audio.Text.Tests;

public sealed class BytePairTrainerTests
{
    private static readonly (string, int)[] Texts = [("bob b o b", 3), ("rubout b o five", 2), ("don't bob", 1)];

    [Fact]
    public void ALetterAndTheSameLetterWithinAWordAreDifferentUnits()
    {
        var tokenizer = new BytePairTokenizer(BytePairTrainer.Train(Texts, 0), new TokenizerOptions { PrefixSpace = true });
        var ids = tokenizer.Encode("b ab");
        Assert.Equal(["Ġb", "Ġa", "b"], ids.Select(tokenizer.Symbol));
        Assert.Equal(1 + 27 + 27, tokenizer.Size);
    }

    [Fact]
    public void FrequentWordsBecomeOneUnitAndNoMergeCrossesAWord()
    {
        var vocabulary = BytePairTrainer.Train(Texts, 20);
        var tokenizer = new BytePairTokenizer(vocabulary, new TokenizerOptions { PrefixSpace = true });
        Assert.Equal(["Ġbob", "Ġb", "Ġo", "Ġb"], tokenizer.Encode("bob b o b").Select(tokenizer.Symbol));
        Assert.All(vocabulary.Ids.Keys, token => Assert.DoesNotContain('Ġ', token[1..]));
    }

    [Theory]
    [InlineData("bob b o b")]
    [InlineData("don't rubout five")]
    [InlineData("zzz o'clock")]
    public void EveryTextComesBack(string text)
    {
        var tokenizer = new BytePairTokenizer(BytePairTrainer.Train(Texts, 10), new TokenizerOptions { PrefixSpace = true });
        Assert.Equal(text, tokenizer.Decode(tokenizer.Encode(text)));
    }

    [Fact]
    public void TheOrderOfTextsDoesNotMatter()
    {
        var forward = BytePairTrainer.Train(Texts, 15);
        var backward = BytePairTrainer.Train(Texts.Reverse(), 15);
        Assert.Equal(forward.ToVocabJson(), backward.ToVocabJson());
        Assert.Equal(forward.ToMergesText(), backward.ToMergesText());
    }

    [Fact]
    public void TextsWithOtherCharactersAreRefused() =>
        Assert.Equal(3, Assert.Throws<UnknownTextException>(() => BytePairTrainer.Train([("bobBy", 1)], 5)).Position);

    [Fact]
    public void WrittenFilesAreReadBackToTheSameTokenizer()
    {
        var vocabulary = BytePairTrainer.Train(Texts, 12);
        var options = new TokenizerOptions { PrefixSpace = true, AddedTokens = [AddedToken.Control("<eos>", vocabulary.Size)] };
        var tokenizer = new BytePairTokenizer(vocabulary, options);
        using var folder = new TemporaryFolder();
        foreach (var (name, text) in TokenizerFiles.Texts(tokenizer)) File.WriteAllText(Path.Combine(folder, name), text);
        var read = TokenizerFiles.Load(folder, new TokenizerLoadOptions { PartialAlphabet = true });
        Assert.Equal(tokenizer.Encode("don't bob rubout"), read.Encode("don't bob rubout"));
        Assert.Equal(vocabulary.Size, read.ControlId("<eos>"));
        Assert.Equal(tokenizer.Size, read.Size);
    }

    [Fact]
    public void AMissingFileIsNamed() =>
        Assert.Contains("vocab.json", Assert.Throws<TokenizerFileException>(() => TokenizerFiles.Load("no-such-folder")).Message, StringComparison.Ordinal);
}
