using Qwen2Audio.Training.Pretraining;
using Qwen2Audio.Training.Recipes;
using Qwen2Audio.Training.Runs;
using Qwen2Audio.Training.Tests.Distributed;

namespace Qwen2Audio.Training.Tests.Pretraining;

/// <summary>A language model trained from a recipe on plain text.</summary>
public sealed class PretrainingTaskTests : TestInFolder
{
    public PretrainingTaskTests() => TinyPretraining.Write(Folder);

    [Theory, InlineData(2), InlineData(5)]
    public void Stopping_after_any_step_changes_no_bit(int stop)
    {
        var whole = TinyPretraining.Train(Folder, "whole");
        TinyPretraining.Train(Folder, "pieces", stopAfter: stop);
        var pieces = TinyPretraining.Train(Folder, "pieces", threads: 1);
        foreach (var file in (string[])["training/state.safetensors", "model.safetensors", "config.json", "vocab.json"])
            Assert.Equal(File.ReadAllBytes(Path.Combine(whole, file)), File.ReadAllBytes(Path.Combine(pieces, file)));
    }

    [Fact]
    public void It_learns_the_sentences()
    {
        using var task = new PretrainingTask(TinyPretraining.Parse(Folder), TinyPretraining.Corpus(Folder), 1);
        var before = task.Measure().ToDictionary(figure => figure.Name, figure => figure.Value);
        Assert.Equal(Math.Exp(before["loss"]), before["perplexity"], 1e-9);
        Assert.True(before["word_perplexity"] > before["perplexity"]); // words have several pieces
        var yaml = TinyPretraining.Recipe.Replace("steps: 7", "steps: 150", StringComparison.Ordinal);
        using var run = RunFolder.Open(Folder["longer"]);
        using var trained = new PretrainingTask(TinyPretraining.Parse(Folder, yaml), TinyPretraining.Corpus(Folder, yaml), 1);
        new TrainingLoop(trained, run).Run();
        Assert.InRange(trained.Measure()[0].Value, 2, 0.1 * before["word_perplexity"]); // one of 16 sentences of about 3 words, and whether it ends: above 2
    }

    [Theory, InlineData(2), InlineData(4)]
    public void Ranks_train_what_one_trains(int count)
    {
        double[] alone = [], together = [];
        TinyPretraining.Train(Folder, "one", report: step => alone = [.. alone, step.Loss]);
        ThreadRanks.Run(count, ranks => TinyPretraining.Train(Folder, "several", report: step => together = ranks.Rank == 0 ? [.. together, step.Loss] : together, threads: 1, ranks: ranks));
        Assert.Equal(alone.Length, together.Length);
        for (var i = 0; i < alone.Length; i++) Assert.Equal(alone[i], together[i], 1e-3 * Math.Abs(alone[i]));
    }

    [Fact]
    public void Documents_are_successive_sentences_between_ends()
    {
        var corpus = TinyPretraining.Corpus(Folder);
        Assert.Equal((62, 1), (corpus.Sentences, corpus.LeftOut));
        var sentences = File.ReadAllLines(Folder["a.txt"]).Concat(["it's a dog", "my bird sleeps"]).ToList();
        var (documents, joined) = (corpus.Draw(3, 0), 0);
        Assert.InRange(documents.Sum(document => document.Ids.Length), 120, 140);
        foreach (var document in documents)
        {
            Assert.Equal((0, 0), (document.Ids[0], document.Ids[^1]));
            var text = corpus.Tokenizer.Decode(document.Ids.AsSpan(1..^1));
            var first = sentences.FindIndex(sentence => text == sentence || text.StartsWith(sentence + " ", StringComparison.Ordinal));
            Assert.True(Enumerable.Range(0, sentences.Count).Any(start => Enumerable.Range(1, Math.Min(12, sentences.Count - start)).Any(count => string.Join(' ', sentences.Skip(start).Take(count)) == text)), text);
            if (text != sentences[first]) joined++;
        }

        Assert.True(joined > 0);
        Assert.Equal(documents.SelectMany(document => document.Ids), corpus.Draw(3, 0).SelectMany(document => document.Ids));
        Assert.NotEqual(documents.SelectMany(document => document.Ids), corpus.Draw(3, 1).SelectMany(document => document.Ids));
    }

    [Fact]
    public void Wrong_settings_and_texts_are_named()
    {
        string Fault(string old, string to, string other = "seed: 3", string another = "seed: 3") => Assert.Throws<RecipeException>(() =>
            TinyPretraining.Corpus(Folder, TinyPretraining.Recipe.Replace(old, to, StringComparison.Ordinal).Replace(other, another, StringComparison.Ordinal))).Message;
        Assert.Contains("data.texts is empty", Fault("texts: [a.txt, b.txt], ", ""));
        Assert.Contains("model.width is 18", Fault("width: 16, layers", "width: 18, layers"));
        Assert.Contains("model.experts_per_token is 3", Fault("experts_per_token: 1", "experts_per_token: 3"));
        Assert.Contains("steps is 0", Fault("steps: 7", "steps: 0"));
        Assert.Contains("schedule.num_warmup_steps", Fault("num_warmup_steps: 2", "num_warmup_steps: -2"));
        Assert.Contains("data.validation names nothing", Fault("validation: [val.txt], ", "", "save_every: 4", "evaluate_every: 4"));
        File.WriteAllText(Folder["empty.txt"], "1984\n");
        Assert.Contains("empty.txt has no sentence", Fault("[val.txt]", "[empty.txt]"));
        Assert.Contains("data.texts: found no sentence", Fault("[a.txt, b.txt]", "[empty.txt]"));
        Assert.Contains("none.txt", Assert.ThrowsAny<IOException>(() => TinyPretraining.Corpus(Folder, TinyPretraining.Recipe.Replace("a.txt", "none.txt", StringComparison.Ordinal))).Message);
    }
}
