using System.CommandLine;
using System.CommandLine.Parsing;
using System.Globalization;
using Qwen2Audio.Cli.Output;
using Qwen2Audio.Hub;

namespace Qwen2Audio.Cli.Commands;

/// <summary>Options that several commands have.</summary>
internal static class CommonOptions
{
    public static Option<string?> Model() => new("--model", "-m")
    {
        Description = "Folder of the model, or name of a downloaded one (org/name, with @revision if wanted); the shipped one by default.",
        HelpName = "DIR",
    };

    public static Option<int> Threads()
    {
        var option = new Option<int>("--threads", "-t")
        {
            Description = "Cores to use; 0: all.",
            HelpName = "N",
            DefaultValueFactory = _ => 0,
        };
        option.Validators.Add(Range(option, 0, 1024));
        return option;
    }

    public static Option<int?> Beam()
    {
        var option = new Option<int?>("--beam")
        {
            Description = "Candidates that the beam searches keep; the model's setting by default.",
            HelpName = "N",
        };
        option.Validators.Add(Range(option, 1, 1024));
        return option;
    }

    /// <summary>Refuses a number outside of the range, naming the option, what was found and what is allowed.</summary>
    public static Action<OptionResult> Range<T>(Option<T> option, double least, double most) => result =>
    {
        if (result.Tokens.Count == 0 || result.GetValue(option) is not IConvertible value) return;
        if (!(value.ToDouble(CultureInfo.InvariantCulture) is var number && number >= least && number <= most))
            result.AddError($"{option.Name} is {result.Tokens[0].Value}: {least}…{most} is allowed.");
    };

    public static Option<bool> Json() => new("--json") { Description = "Write one JSON object a line." };

    public static Argument<string[]> Files(string description) => new("FILE")
    {
        Description = description,
        Arity = ArgumentArity.OneOrMore,
    };

    /// <summary>The named folder or the downloaded model of that name, else models/default beside the program or in a folder above the current one.</summary>
    public static string ModelFolder(string? named)
    {
        if (named is not null) return ModelLocator.Find(named);
        foreach (var start in new[] { AppContext.BaseDirectory, Directory.GetCurrentDirectory() })
        {
            for (var folder = new DirectoryInfo(start); folder is not null; folder = folder.Parent)
            {
                var candidate = Path.Combine(folder.FullName, "models", "default");
                if (File.Exists(Path.Combine(candidate, "config.json"))) return candidate;
            }
        }

        throw new UsageException("The shipped model (models/default) is not beside the program; name a model with --model DIR.");
    }
}
