using Qwen2Audio.Checkpoints.Punctuation;
using Qwen2Audio.Training.Punctuation;

namespace Qwen2Audio.Training.Tests.Punctuation;

public sealed class PunctuationTrainerTests
{
    private static readonly string[] Names = ["Anna", "Ben", "Carol", "McDonald", "London"];
    private static readonly string[] Verbs = ["came", "went", "slept", "sang"];

    // questions begin with a question word, clauses with "but", sentences with "then"
    private static PunctuatedCorpus Corpus()
    {
        var corpus = new PunctuatedCorpus();
        for (var i = 0; i < 400; i++)
        {
            var (name, verb, other) = (Names[i % 5], Verbs[i % 4], Verbs[(i / 4) % 4]);
            corpus.Add($"When did {name} {verb}? Then {name} {verb}, but the dog {other} at home. Then the cat {verb}, but I did not.");
        }

        return corpus;
    }

    [Fact]
    public void Marks_capitals_and_questions_are_learnt()
    {
        var model = PunctuationTrainer.Train(Corpus(), new PunctuationOptions { MaxBytes = 32 << 10, Epochs = 4 });
        Assert.Equal(["Anna", "Ben", "Carol", "I", "London", "McDonald"], model.Forms.Lines.Order(StringComparer.Ordinal));
        var punctuator = new Punctuator(model);
        Assert.Equal("When did McDonald sing?", string.Join(' ', punctuator.Write("when did mcdonald sing".Split(' '))));
        Assert.Equal("Then the bird sang, but Ben slept at home. Then the dog went, but I did not.", string.Join(' ', punctuator.Write("then the bird sang but ben slept at home then the dog went but i did not".Split(' '))));
        Assert.Equal(["Then", "Anna"], punctuator.Write(["then", "anna"], ends: false));
    }

    [Fact]
    public void The_file_has_at_most_the_size_and_the_same_text_gives_the_same_bytes()
    {
        var options = new PunctuationOptions { MaxBytes = 2 << 10, Epochs = 1 };
        var bytes = PunctuationFile.ToBytes(PunctuationTrainer.Train(Corpus(), options));
        Assert.InRange(bytes.Length, 500, 2 << 10);
        Assert.Equal(bytes, PunctuationFile.ToBytes(PunctuationTrainer.Train(Corpus(), options)));
    }

    [Fact]
    public void Text_without_marks_is_refused_and_training_can_be_cancelled()
    {
        var plain = new PunctuatedCorpus();
        plain.Add("no marks here");
        plain.Add(" ");
        Assert.Equal((0, 1), (plain.Passages, plain.LeftOut));
        Assert.Throws<ArgumentException>(() => PunctuationTrainer.Train(plain, new PunctuationOptions()));
        Assert.Throws<OperationCanceledException>(() => PunctuationTrainer.Train(Corpus(), new PunctuationOptions(), cancellation: new CancellationToken(true)));
    }

    [Fact]
    public void Scores_compare_with_the_printed_text()
    {
        var scores = new PunctuationScores();
        scores.Add("He met Anna, I think. Did she know?", words => ["He", "met", "anna", "I", "think.", "Did", "She,", "know?"]);
        scores.Add("In 1850 it rained.", _ => throw new InvalidOperationException("has words that are not as they are heard"));
        Assert.Equal((8, new RestoredCounts(0, 1, 1), new RestoredCounts(1, 1, 1), new RestoredCounts(1, 1, 1)), (scores.Words, scores.Commas, scores.FullStops, scores.QuestionMarks));
        Assert.Equal((new RestoredCounts(3, 4, 4), new RestoredCounts(1, 2, 2)), (scores.Capitals, scores.CapitalsInside));
    }
}
