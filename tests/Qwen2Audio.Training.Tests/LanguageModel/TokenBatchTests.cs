using Qwen2Audio.Training.LanguageModel;

namespace Qwen2Audio.Training.Tests.LanguageModel;

public sealed class TokenBatchTests
{
    [Fact]
    public void Labels_belong_to_the_row_before_within_their_document()
    {
        var batch = TokenBatch.Pack(
            [
                new TokenDocument([5, 6, 7], [-100, -100, 7]),
                TokenDocument.Plain([9]),
                new TokenDocument([1, 2, 30, 4], [1, 2, 30, -100], [1, 0.5f, 2, 1]),
            ],
            [new TokenGroup("audio", 30, 10, 0.25f)]);
        Assert.Equal([5, 6, 7, 9, 1, 2, 30, 4], batch.Ids);
        Assert.Equal([0, 3, 4, 8], batch.Documents.Starts.ToArray());
        Assert.Equal([0, 1, 2, 0, 0, 1, 2, 3], batch.Documents.Positions.ToArray());
        Assert.Equal([1, 4, 5], batch.LabelRows);
        Assert.Equal([7, 2, 30], batch.Labels);
        Assert.Equal([1, 0.5f, 0.5f], batch.Weights);
        Assert.Equal([0, 1, 1, 3], batch.LabelStarts);
        Assert.Equal(2, batch.Weight);
    }

    [Fact]
    public void Documents_that_do_not_fit_are_refused()
    {
        Assert.Throws<ArgumentException>(() => new TokenDocument([1, 2], [1]));
        Assert.Throws<ArgumentException>(() => new TokenDocument([1, 2], [1, 2], [1]));
        Assert.Throws<ArgumentException>(() => new TokenDocument([1, 2], [1, 2], [1, float.NaN]));
        Assert.Throws<ArgumentException>(() => new TokenDocument([1, 2], [1, 2], [-1, 1]));
    }
}
