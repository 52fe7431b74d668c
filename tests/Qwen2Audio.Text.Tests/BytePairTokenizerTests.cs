namespace Qwen2Audio.Text.Tests;

public sealed class BytePairTokenizerTests
{
    private static readonly string[] Letters = ["Ġ", "a", "b", "c", "ab", "Ġab", "bc", "Ġb", "Ã", "©"];
    private static readonly (string, string)[] Merges = [("a", "b"), ("Ġ", "ab"), ("b", "c"), ("Ġ", "b")];

    private static BytePairTokenizer Make(bool prefixSpace = false) => new(new BytePairVocabulary(Letters, Merges), new TokenizerOptions
    {
        PrefixSpace = prefixSpace,
        AddedTokens = [AddedToken.Control("<eos>", 10), AddedToken.Control("<go>", 11)],
    });

    [Fact]
    public void TheMergeOfLowestRankIsTakenFirstAndLeftmostFirst()
    {
        var tokenizer = Make();
        Assert.Equal([4, 3], tokenizer.Encode("abc"));
        Assert.Equal([5, 7], tokenizer.Encode(" ab b"));
        Assert.Equal([4, 4, 1], tokenizer.Encode("ababa"));
    }

    [Fact]
    public void APrefixSpaceIsAddedOnceAndLeftOutWhenDecoding()
    {
        var tokenizer = Make(prefixSpace: true);
        Assert.Equal([5, 7], tokenizer.Encode("ab b"));
        Assert.Equal(tokenizer.Encode("ab b"), tokenizer.Encode(" ab b"));
        Assert.Equal("ab b", tokenizer.Decode([5, 7]));
    }

    [Fact]
    public void ControlTokensAreTextUnlessAsked()
    {
        var tokenizer = Make();
        Assert.Equal([1, 10, 2, 11], tokenizer.Encode("a<eos>b<go>", recogniseControls: true));
        Assert.Throws<UnknownTextException>(() => tokenizer.Encode("a<eos>"));
        Assert.Equal("ab", tokenizer.Decode([1, 10, 2]));
        Assert.Equal("a<eos>b", tokenizer.Decode([1, 10, 2], showControls: true));
    }

    [Fact]
    public void BytesOfOneCharacterJoinAndHalvesBecomeReplacementCharacters()
    {
        var tokenizer = Make();
        Assert.Equal([8, 9], tokenizer.Encode("é"));
        Assert.Equal("é", tokenizer.Decode([8, 9]));
        Assert.Equal("\uFFFDa", tokenizer.Decode([8, 1]));
    }

    [Fact]
    public void AnUnknownCharacterIsNamedWithItsPlace()
    {
        var error = Assert.Throws<UnknownTextException>(() => Make(prefixSpace: true).Encode("ab ü"));
        Assert.Equal(3, error.Position);
        Assert.Contains("U+00FC", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void UnknownIdsAreRefused() =>
        Assert.Contains("12", Assert.Throws<ArgumentException>(() => Make().Decode([1, 12])).Message, StringComparison.Ordinal);

    [Fact]
    public void ALongRunIsMergedAsTheShortOne()
    {
        var ids = Make().Encode(string.Concat(Enumerable.Repeat("ab", 100_000)));
        Assert.Equal(100_000, ids.Length);
        Assert.All(ids, id => Assert.Equal(4, id));
    }

    [Theory]
    [InlineData("[1]", "#version: 0.2\n", "object")]
    [InlineData("{\"a\":0,\"b\":0}", "", "same id")]
    [InlineData("{\"a\":-1}", "", "≥ 0")]
    [InlineData("{\"a\":0,\"a\":1}", "", "JSON")]
    [InlineData("{\"a\":0,\"b\":1,\"ab\":2}", "#version: 0.2\na b\na  b\n", "line 3")]
    [InlineData("{\"a\":0,\"b\":1}", "a b\n", "\"ab\"")]
    public void BadFilesAreNamed(string vocab, string merges, string expected)
    {
        var error = Assert.Throws<TokenizerFileException>(() => BytePairVocabulary.Parse(vocab, merges));
        Assert.Contains(expected, error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void VocabJsonIsInTheOrderOfTheIds() => Assert.Equal("{\"b\":0,\"a\":1}\n", BytePairVocabulary.Parse("{\"a\":1,\"b\":0}", "").ToVocabJson());

    [Fact]
    public void AHashFurtherDownIsAMerge() =>
        Assert.Equal(("#", "#"), BytePairVocabulary.Parse("{\"#\":0,\"##\":1}", "#version: 0.2\n# #\n").Merges.Single());
}
