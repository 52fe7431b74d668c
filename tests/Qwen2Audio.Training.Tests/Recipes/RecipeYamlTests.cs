using Qwen2Audio.Training.FineTuning;
using Qwen2Audio.Training.Recipes;
using Qwen2Audio.Training.Speech;

namespace Qwen2Audio.Training.Tests.Recipes;

/// <summary>Any invalid recipe gives one kind of error, with file and line, for both commands.</summary>
public sealed class RecipeYamlTests
{
    [Theory]
    [InlineData("data:\n  manifests: [a.tsv\n  frames_per_batch: 400\n", "line 2: not YAML; is a bracket")]
    [InlineData("&a [*a]: 5", "line 1: the alias *a has no anchor that ends before it")]
    [InlineData("seed: 1\ndata: &a {b: *a}", "line 2: the alias *a has no anchor that ends before it")]
    [InlineData("seed: *a", "line 1: the alias *a has no anchor")]
    [InlineData("seed: 1\nseed: 2", "line 2: the name is repeated here")]
    [InlineData("data: {manifests: [a]}\nmodel:\n\texperts: 2", "line 3: ")]
    [InlineData("seed: 1\r\rmodel:\r\r\texperts: 2\r\r", "line 5: ")]
    [InlineData("seed: 1\n---\nseed: 2", "line 2: a second document")]
    [InlineData("seed: \"open", "line ")]
    [InlineData("seed: 1\nmodel: {experts: 2}}", "line 2: ")]
    [InlineData("seed: !!int 5", "line 1: seed has the tag")]
    [InlineData("seed: !x 5", "line 1: seed has the tag")]
    [InlineData("%YAML 9.9\n---\nseed: 1", "line ")]
    [InlineData("? [a, b]\n: 5", "line 1: the recipe: a setting without a plain name")]
    [InlineData("model: {[a]: 5}", "line 1: model: a setting without a plain name")]
    [InlineData("{}: 5", "without a plain name")]
    [InlineData("- a\n- b", "the recipe: settings are needed")]
    [InlineData("seed: 011", "seed is '011': a whole number is needed without a zero in front")]
    [InlineData("seed: 08", "seed is '08': a whole number is needed without a zero in front")]
    [InlineData("seed: 1:30", "seed is '1:30': a whole number is needed")]
    [InlineData("seed: 0x-5", "a whole number is needed")]
    [InlineData("optimizer: {beta1: 011}", "a number is needed without a zero in front")]
    [InlineData("seed: 1\n\u0000phases: 5", "line 2: a NUL")]
    [InlineData("seed: 1\nmodel: {experts: 2\n", "line 2: ")]
    [InlineData("seed: 1\nmodel:\n  experts: 2\n   encoder_width: 2", "line 4: ")]
    [InlineData("seed: 1\n@", "line 2: ")]
    public void NamesTheLine(string yaml, string message)
    {
        foreach (var error in Refusals(yaml))
        {
            Assert.StartsWith("some.yaml", error, StringComparison.Ordinal);
            Assert.Contains(message, error, StringComparison.Ordinal);
            foreach (var word in new[] { "System.", "Qwen2Audio.", "Exception", "YamlDotNet", "Idx" }) Assert.DoesNotContain(word, error, StringComparison.Ordinal);
        }
    }

    [Theory]
    [InlineData("data: {manifests: [\"a\\0b\"]}", "data.manifests[0] is ")]
    [InlineData("data: {manifests: [\"\\uD800\"]}", "line 1: ")]
    [InlineData("phases: [{schedule: 1}]", "phases[0].schedule is '1': constant or linear or cosine is needed")]
    [InlineData("phases: [{schedule: 'linear,cosine'}]", "constant or linear or cosine is needed")]
    public void ValuesThatNoSettingCanHave(string yaml, string message) => Assert.Contains(message, Speech(yaml), StringComparison.Ordinal);

    [Fact]
    public void Nesting_and_aliases_are_bounded()
    {
        foreach (var error in Refusals("seed: " + new string('[', 200_000))) Assert.Contains("more than 32 levels", error, StringComparison.Ordinal);
        foreach (var error in Refusals(string.Concat(Enumerable.Repeat("? ", 100_000)))) Assert.Contains("some.yaml, line", error, StringComparison.Ordinal);
        var laughs = new StringBuilder("a0: &a0 [x, x, x, x, x, x, x, x, x, x]\n");
        for (var i = 1; i < 10; i++) laughs.Append($"a{i}: &a{i} [{string.Join(", ", Enumerable.Repeat($"*a{i - 1}", 10))}]\n");
        foreach (var error in Refusals(laughs.ToString())) Assert.Contains("more than 100000 values", error, StringComparison.Ordinal);
    }

    [Fact]
    public void Aliases_of_what_has_ended_are_read() =>
        Assert.Equal([3, 3], SpeechRecipeFile.Parse("""
            data: {manifests: [a.tsv]}
            phases:
              - &one {steps: 3, learning_rate: 1e-3, draws: {an4: 1}}
              - *one
            """, "some.yaml").Phases.Select(phase => phase.Steps));

    [Theory]
    [InlineData(30, 0.1, 3)]
    [InlineData(15, 0.1, 2)]
    public void A_phase_may_warm_up_for_a_share_of_its_steps(int steps, double ratio, int warmup) => Assert.Equal(warmup, SpeechRecipeFile.Parse(FormattableString.Invariant($$"""
            data: {manifests: [a.tsv]}
            phases: [{steps: {{steps}}, warmup_ratio: {{ratio}}, learning_rate: 1e-3, draws: {an4: 1} }]
            """), "some.yaml").Phases[0].Rates.NumWarmupSteps);

    [Fact]
    public void A_recipe_of_the_other_command_is_told()
    {
        foreach (var name in new[] { "default/1-words", "tiny" })
            Assert.Contains("this is a recipe of train, which alone has tokenizer, phases: run qwen2audio train",
                Assert.Throws<RecipeException>(() => FineTuningRecipeFile.Read(Path.Combine(Fixtures.Repository, "recipes", $"{name}.yaml"))).Message, StringComparison.Ordinal);
        foreach (var name in new[] { "finetune-lora", "finetune-dpo", "finetune-audio" })
            Assert.Contains("this is a recipe of finetune", Assert.Throws<RecipeException>(() => SpeechRecipeFile.Read(Path.Combine(Fixtures.Repository, "recipes", $"{name}.yaml"))).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Whatever_a_recipe_is_changed_to_it_is_read_or_refused()
    {
        string[] tokens = ["{", "}", "[", "]", ",", ":", "- ", "? ", "\"", "'", "&a ", "*a", "!!int ", "! ", "|\n", ">\n ", "#", "%YAML 1.1\n", "---\n", "...\n", "\t", "\0", "~", "<<: ",
            "0x7fffffffffffffff", "-0", "1e999", ".nan", "9999999999999999999", "@", "`", "\u2028", "\uFEFF", "\\uD800", "\n", "  ", "\r"];
        string[] good = [.. ((string[])["default/1-words", "finetune-lora", "finetune-dpo", "finetune-audio", "tiny"]).Select(name => File.ReadAllText(Path.Combine(Fixtures.Repository, "recipes", $"{name}.yaml")))];
        foreach (var text in MutatedTexts.Of(good, tokens, seed: 11, count: 1000))
        {
            foreach (var read in (Action<string, string>[])[(yaml, path) => SpeechRecipeFile.Parse(yaml, path), (yaml, path) => FineTuningRecipeFile.Parse(yaml, path)])
            {
                try
                {
                    read(text, "some.yaml");
                }
                catch (RecipeException exception)
                {
                    Assert.StartsWith("some.yaml", exception.Message, StringComparison.Ordinal);
                }
            }
        }
    }

    [Fact]
    public void The_file_must_be_text_of_a_size()
    {
        using var folder = new TemporaryFolder();
        var path = Path.Combine(folder, "some.yaml");
        File.WriteAllBytes(path, [.. "seed: 1\n# caf"u8, 0xE9, (byte)'\n']);
        Assert.StartsWith($"{path}: line 2: found the byte 0xE9, which is not valid UTF-8", Assert.Throws<RecipeException>(() => SpeechRecipeFile.Read(path)).Message, StringComparison.Ordinal);
        File.WriteAllText(path, "seed: 1\n" + new string('#', 1 << 20));
        Assert.Contains("at most 1048576", Assert.Throws<RecipeException>(() => SpeechRecipeFile.Read(path)).Message, StringComparison.Ordinal);
        File.WriteAllText(path, "seed: x", Encoding.Unicode);
        Assert.Contains("seed is 'x'", Assert.Throws<RecipeException>(() => SpeechRecipeFile.Read(path)).Message, StringComparison.Ordinal);
    }

    private static IEnumerable<string> Refusals(string yaml) => [Speech(yaml), Assert.Throws<RecipeException>(() => FineTuningRecipeFile.Parse(yaml, "some.yaml")).Message];

    private static string Speech(string yaml) => Assert.Throws<RecipeException>(() => SpeechRecipeFile.Parse(yaml, "some.yaml")).Message;
}
