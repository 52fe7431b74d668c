using Qwen2Audio.Training.Recipes;
using Qwen2Audio.Training.Runs;
using Qwen2Audio.Training.Speech;
using Qwen2Audio.Training.Tests.Data;

namespace Qwen2Audio.Training.Tests.Speech;

/// <summary>The recipe says what a dataset is; its name means nothing.</summary>
public sealed class SpeechDatasetsTests : TestInFolder
{
    public SpeechDatasetsTests()
    {
        (string Dataset, string Text)[] rows = [("count", "seven"), ("count", "seven two"), ("count", "oh"), ("wake", "hey you"), ("wake-more", "view glass"), ("yard", "Rain"), ("esc10", "a talk"), ("talk", "hello")];
        foreach (var (i, _) in rows.Index()) TestAudio.WriteWave(Folder, $"{i}.wav", 0.6 + (0.1 * i));
        File.WriteAllLines(Path.Combine(Folder, "list.tsv"), rows.Index().Select(row => $"{row.Index}.wav\t{row.Item.Dataset}\t{row.Item.Text}\ttrain").Prepend("path\tdataset\ttext_or_label\tsplit"));
    }

    [Fact]
    public void Labels_and_draws_follow_the_kind()
    {
        var recipe = Recipe("count: {kind: digits}, keywords: {kind: keywords, from: [wake, wake-more]}, yard: {kind: sounds}, esc10: {kind: speech}, talk: {}", "{keywords: 1, esc10: 1, count: 1, noise: 1}");
        Assert.Empty(SpeechRecipeInputs.Check(recipe, "some.yaml").Warnings);
        var corpus = SpeechCorpus.Load(recipe);
        Assert.Equal(["hey you", "view glass"], corpus.LabelSets["keyword"]);
        Assert.Equal(["rain"], corpus.LabelSets["sound"]);
        Assert.Equal(10, corpus.LabelSets["digit"].Count);
        var drawn = SpeechSampling.Sampler(recipe, corpus).Step(0).Concat(SpeechSampling.Sampler(recipe, corpus).Step(1)).ToList();
        Assert.All(drawn, example => Assert.Contains(example.Dataset, (string[])["keywords", "esc10", "count", "noise"]));
        // a label is only asked for where it is one
        Assert.All(drawn.Where(example => example.Task == Training.Speech.Sampling.TaskKind.Digit), example => Assert.Equal("seven", example.Text));
    }

    [Fact]
    public void Without_any_of_a_kind_there_is_no_such_set()
    {
        var corpus = SpeechCorpus.Load(Recipe("all: {from: [count, wake, wake-more, yard, esc10, talk]}", "{all: 1}"));
        Assert.Equal(["speech"], corpus.LabelSets.Keys);
        Assert.Equal(8, corpus.Clips.Count);
    }

    [Theory]
    [InlineData("spelled", "EY")]
    [InlineData("speech", "AH")]
    [InlineData("keywords", "AH")]
    public void A_single_a_is_the_letter_in_spelled_datasets_alone(string kind, string phone)
    {
        File.WriteAllText(Path.Combine(Folder, "some.dict"), "a AH\na(2) EY\ntalk T AO K\n");
        var corpus = SpeechCorpus.Load(Recipe($"esc10: {{kind: {kind}}}, all: {{from: [count, wake, wake-more, yard, talk]}}", "{all: 1}", ", dictionaries: [some.dict]"));
        Assert.Equal([phone, "T", "AO", "K"], corpus.Clips.Single(clip => clip.Text == "a talk").Phones!);
    }

    [Fact]
    public void Words_that_the_dictionaries_lack_are_pronounced_if_the_recipe_says_so()
    {
        File.WriteAllText(Path.Combine(Folder, "some.dict"), "hello HH EH L OW\nell EH L\nho HH OW\nseven S EH V AH N\ntwo T UW\nhey HH EY\n");
        const string datasets = "yard: {kind: sounds}, all: {from: [count, wake, wake-more, esc10, talk]}";
        const string dictionary = ", dictionaries: [some.dict]";
        var without = Recipe(datasets, "{all: 1}", dictionary);
        var with = Recipe(datasets, "{all: 1}", dictionary + ", letter_to_sound: true");
        var (before, after) = (SpeechCorpus.Load(without), SpeechCorpus.Load(with));
        Assert.Null(before.Clips.Single(clip => clip.Text == "oh").Phones);
        Assert.NotNull(after.Clips.Single(clip => clip.Text == "oh").Phones);
        Assert.Null(after.Clips.Single(clip => clip.Text == "rain").Phones); // a label
        Assert.Equal(["a", "glass", "talk", "view", "you"], after.WordsWithoutPhones);
        foreach (var clip in before.Clips.Where(clip => clip.Phones is not null)) Assert.Equal(clip.Phones, after.Clips.Single(other => other.Row.Path == clip.Row.Path).Phones);
        Assert.Contains("data.letter_to_sound", Assert.Throws<RecipeException>(() => Recipe(datasets, "{all: 1}", ", letter_to_sound: true")).Message, StringComparison.Ordinal);
        var missing = Recipe(datasets, "{all: 1}", ", letter_to_sound: true, dictionaries: [none.dict]");
        foreach (var run in new Action[] { () => SpeechRecipeInputs.Check(missing, "some.yaml"), () => SpeechCorpus.Load(missing) })
            Assert.Contains("data.letter_to_sound", Assert.Throws<RecipeException>(run).Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(false, "5 words are in no dictionary (a, glass, talk, …); 3 of 7 clips train without the phone loss")]
    [InlineData(true, "5 words are in no dictionary (a, glass, talk, …); the phones of 3 of 7 clips come partly from letter-to-sound")]
    public void Missing_words_are_told(bool letterToSound, string warning)
    {
        File.WriteAllText(Path.Combine(Folder, "some.dict"), "hello HH EH L OW\noh OW\nseven S EH V AH N\ntwo T UW\nhey HH EY\n");
        var recipe = Recipe("yard: {kind: sounds}, all: {from: [count, wake, wake-more, esc10, talk]}", "{all: 1}", $", dictionaries: [some.dict], letter_to_sound: {(letterToSound ? "true" : "false")}");
        recipe = recipe with { Model = recipe.Model with { PhoneLayers = 1 } };
        Assert.Contains(SpeechRecipeInputs.Check(recipe, "some.yaml").Warnings, text => text.StartsWith(warning, StringComparison.Ordinal));
    }

    [Fact]
    public void A_dataset_that_is_not_described_is_named_with_its_manifest_and_the_setting()
    {
        var recipe = Recipe("count: {kind: digits}, wake: {kind: keywords}, talks: {}, esc10: {}", "{count: 1}");
        foreach (var run in new Action[] { () => SpeechRecipeInputs.Check(recipe, "some.yaml"), () => SpeechCorpus.Load(recipe) })
        {
            var error = Assert.Throws<RecipeException>(run).Message;
            foreach (var part in new[] { "data.datasets", "\"talk\" (1 row; did you mean talks?)", $" of {Path.Combine(Folder, "list.tsv")}. ", "\"yard\"", "\"wake-more\"", "speech, spelled, digits, keywords, sounds, unused", "\n  data:\n    datasets:\n      \"wake-more\": {kind: KIND}\n      \"yard\": {kind: KIND}\n      \"talk\": {kind: KIND}" })
                Assert.Contains(part, error, StringComparison.Ordinal);
            Assert.DoesNotContain("\"count\"", error, StringComparison.Ordinal);
        }

        Assert.StartsWith("some.yaml: ", Assert.Throws<RecipeException>(() => SpeechRecipeInputs.Check(recipe, "some.yaml")).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void An_unused_dataset_is_not_read()
    {
        File.WriteAllText(Path.Combine(Folder, "7.wav"), "no sound");
        var recipe = Recipe("count: {kind: digits}, rest: {kind: unused, from: [wake, wake-more, yard, esc10, talk]}", "{count: 1}");
        Assert.Equal(3, SpeechRecipeInputs.Check(recipe, "some.yaml", readsAll: true).Recordings);
        Assert.Equal(3, SpeechCorpus.Load(recipe).Clips.Count);
    }

    [Fact]
    public void Keywords_that_no_recording_has_cannot_be_synthesised()
    {
        var recipe = Recipe("all: {from: [count, wake, wake-more, yard, esc10, talk]}, made: {kind: keywords, synthetic: 4}", "{made: 1}", ", synthetic: {folder: made}");
        Assert.Contains("data.datasets.made.synthetic: no recording of kind keywords", Assert.Throws<RecipeException>(() => SpeechRecipeInputs.Check(recipe, "some.yaml")).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_run_does_not_go_on_when_a_dataset_has_become_something_else()
    {
        const string rest = "all: {from: [wake, wake-more, yard, esc10, talk]}";
        var recipe = Recipe("count: {kind: digits}, " + rest, "{count: 1}");
        using (var run = RunFolder.Open(Path.Combine(Folder, "run")))
        using (var trainer = new TinyRun(recipe, SpeechCorpus.Load(recipe), run, threads: 1)) trainer.Run();
        recipe = Recipe("count: {kind: spelled, tight: true}, " + rest, "{count: 1}");
        using var again = RunFolder.Open(Path.Combine(Folder, "run"));
        var error = Assert.Throws<RunException>(() => new TinyRun(recipe, SpeechCorpus.Load(recipe), again, threads: 1)).Message;
        Assert.Contains("data.datasets.count.kind: spelled, the run has digits", error, StringComparison.Ordinal);
        Assert.Contains("data.datasets.count.tight: ", error, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("tiny")]
    [InlineData("default/1-words")]
    [InlineData("default/2-open")]
    [InlineData("default/3-deep")]
    public void Every_draw_of_a_shipped_recipe_is_of_a_dataset_that_it_describes(string name)
    {
        var recipe = SpeechRecipeFile.Read(Path.Combine(Fixtures.Repository, "recipes", name + ".yaml"));
        Assert.All(recipe.Phases.SelectMany(phase => phase.Draws.Keys), drawn => Assert.True(drawn == "noise" || recipe.Data.Datasets.ContainsKey(drawn), drawn));
    }

    [Fact]
    public void The_page_on_training_names_every_kind_and_setting()
    {
        var page = File.ReadAllText(Path.Combine(Fixtures.Repository, "docs", "training.md"));
        foreach (var name in Enum.GetNames<DatasetKind>().Concat(typeof(DatasetRecipe).GetProperties().Where(property => property.CanWrite).Select(property => property.Name)))
            Assert.Contains($"`{YamlDotNet.Serialization.NamingConventions.UnderscoredNamingConvention.Instance.Apply(name)}`", page, StringComparison.Ordinal);
    }

    private SpeechRecipe Recipe(string datasets, string draws, string more = "") => SpeechRecipeFile.Parse($$"""
        data: {manifests: [list.tsv], datasets: { {{datasets}} }, frames_per_batch: 400 {{more}} }
        tokenizer: {merges: 5}
        model: {encoder_width: 16, encoder_layers: 1, encoder_heads: 2, encoder_ffn: 16, time_kernel: 3, phone_layers: 0, decoder_width: 16,
          decoder_layers: 1, decoder_heads: 2, decoder_kv_heads: 1, experts: 2, experts_per_token: 1, expert_width: 8, shared_expert_width: 8}
        phases: [{steps: 2, learning_rate: 1e-3, draws: {{draws}} }]
        """, Path.Combine(Folder, "recipe.yaml"));
}
