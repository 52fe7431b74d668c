using Qwen2Audio.Checkpoints.Lexicons;
using Qwen2Audio.Evaluation;
using Qwen2Audio.Tasks.Routing;
using Qwen2Audio.Text.FrontEnd;

namespace Qwen2Audio.Tasks.Tests;

public sealed class TaskRoutingTests : TestInFolder
{
    private static readonly TextFrontEnd Words = new(WordPronunciations.Of(TinySpeaker.Words));

    [Fact]
    public void Every_row_of_every_layer_chooses_its_experts()
    {
        using var tiny = new TinyModel(seed: 4, books: 2);
        using var model = TaskRouting.Load(tiny.Folder, Words, new ModelLoadOptions { Threads = 1 });
        Assert.Equal(["transcribe", "classify", "continue", "speak"], model.Tasks);
        foreach (var task in model.Tasks)
        {
            var use = model.Use(task, Sounds.Noise(1.5), "one");
            Assert.Equal([0, 1], use.Layers);
            Assert.True(use.Rows > 0, task);
            foreach (var place in new[] { 0, 1 })
            {
                Assert.Equal(4, use.Counts(place).Count);
                Assert.Equal(use.Rows * use.ExpertsPerRow, use.Counts(place).Sum());
            }
        }

        // 1.5 s given and 1 s added, each frame of 10 ms once
        Assert.Equal(2.5 * 100, model.Use("continue", Sounds.Noise(1.5), "").Rows, 1.0);
    }

    [Fact]
    public void Datasets_are_counted_apart_and_add_up()
    {
        using var tiny = new TinyModel(seed: 4, books: 2);
        List<string> rows = ["path\tdataset\ttext_or_label\tsplit"];
        for (var i = 0; i < 6; i++)
        {
            Waves.Write(Folder[$"{i}.wav"], Sounds.Noise(0.6 + 0.1 * i, seed: i).Samples);
            rows.Add($"{i}.wav\t{(i < 4 ? "many" : "few")}\tone\tval");
        }

        rows.Add("lost.wav\tfew\tone\tval");
        File.WriteAllLines(Folder["manifest.tsv"], rows);
        using var model = TaskRouting.Load(tiny.Folder, options: new ModelLoadOptions { Threads = 1 });
        var failed = new List<string>();
        var uses = RoutingRun.Run(model, Folder["manifest.tsv"], limit: 3, failed: (path, _) => failed.Add(Path.GetFileName(path)));
        Assert.Equal("lost.wav", Assert.Single(failed));
        Assert.Equal([("transcribe", "many", 3), ("transcribe", "few", 2), ("classify", "many", 3), ("classify", "few", 2), ("continue", "many", 3), ("continue", "few", 2)], uses.Select(use => (use.Task, use.Dataset, use.Clips)));
        Assert.All(uses, use => Assert.Equal(use.Use.Rows * 2, use.Use.Counts(1).Sum()));
        var two = model.Use("transcribe", Read(4), "");
        two.Add(model.Use("transcribe", Read(5), ""));
        Assert.Equal(two.Counts(0), uses[1].Use.Counts(0));

        Audio.AudioClip Read(int i) => Audio.AudioFile.Read(Folder[$"{i}.wav"]);
    }

    /// <summary>An empty recording is transcribed as nothing, and cannot be gone on from.</summary>
    [Fact]
    public void A_clip_that_fails_in_one_task_counts_in_none()
    {
        using var tiny = new TinyModel(seed: 4, books: 2);
        Waves.Write(Folder["good.wav"], Sounds.Noise(0.6).Samples);
        Waves.Write(Folder["empty.wav"], []);
        File.WriteAllLines(Folder["manifest.tsv"], ["path\tdataset\ttext_or_label\tsplit", "good.wav\tmine\tone\tval", "empty.wav\tmine\tone\tval"]);
        using var model = TaskRouting.Load(tiny.Folder, options: new ModelLoadOptions { Threads = 1 });
        var failed = new List<string>();
        var uses = RoutingRun.Run(model, Folder["manifest.tsv"], failed: (path, reason) => failed.Add($"{Path.GetFileName(path)}: {reason}"));
        Assert.Contains("empty.wav: The audio has no frame", Assert.Single(failed), StringComparison.Ordinal);
        Assert.Equal([("transcribe", 1), ("classify", 1), ("continue", 1)], uses.Select(use => (use.Task, use.Clips)));
    }

    [Fact]
    public void A_recogniser_has_two_tasks_and_a_dense_model_none()
    {
        using var recogniser = new TinyModel();
        using (var model = TaskRouting.Load(recogniser.Folder)) Assert.Equal(["transcribe", "classify"], model.Tasks);
        using var dense = new TinyModel(dense: true);
        Assert.Throws<NotSupportedException>(() => TaskRouting.Load(dense.Folder));
    }
}
