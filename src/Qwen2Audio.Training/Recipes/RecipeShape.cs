using System.Globalization;
using Qwen2Audio.Formats;
using YamlDotNet.Core;
using YamlDotNet.RepresentationModel;
using YamlDotNet.Serialization.NamingConventions;

namespace Qwen2Audio.Training.Recipes;

/// <summary>Says in the recipe's own terms why YAML does not become a recipe: unknown settings and values of the wrong kind, with their lines.</summary>
internal static class RecipeShape
{
    /// <summary>All problems of the kind; empty when something else is the matter.</summary>
    /// <exception cref="YamlDotNet.Core.YamlException">The text is no YAML.</exception>
    public static IReadOnlyList<string> Problems(string text, Type recipe)
    {
        var stream = new YamlStream();
        stream.Load(new StringReader(text));
        var problems = new List<string>();
        if (stream.Documents.Count > 0) Check(stream.Documents[0].RootNode, recipe, "", problems);
        return problems;
    }

    private static void Check(YamlNode node, Type type, string name, List<string> problems)
    {
        type = Nullable.GetUnderlyingType(type) ?? type;
        if (type.IsArray) CheckList(node, type.GetElementType()!, name, problems);
        else if (type.IsGenericType && type.GetGenericTypeDefinition() == typeof(Dictionary<,>))
            CheckMapping(node, name, problems, (_, _) => type.GetGenericArguments()[1]);
        else if (type.IsClass && type != typeof(string)) CheckSettings(node, type, name, problems);
        else if (node is not YamlScalarNode scalar) Add(problems, node, $"{Named(name)} is a {(node is YamlSequenceNode ? "list" : "group of settings")}: {Needed(type)}");
        else if (IsNothing(scalar) || !Fits(scalar.Value ?? "", type)) Add(problems, node, $"{Named(name)} is {(scalar.Value is { Length: > 0 } value ? $"'{value}'" : "empty")}: {Needed(type)}");
    }

    private static void CheckList(YamlNode node, Type element, string name, List<string> problems)
    {
        if (node is not YamlSequenceNode list)
        {
            Add(problems, node, $"{Named(name)}: a list is needed, such as [a, b]");
            return;
        }

        for (var i = 0; i < list.Children.Count; i++) Check(list.Children[i], element, $"{name}[{i}]", problems);
    }

    private static void CheckSettings(YamlNode node, Type type, string name, List<string> problems)
    {
        var known = type.GetProperties().Where(property => property.CanWrite)
            .ToDictionary(property => UnderscoredNamingConvention.Instance.Apply(property.Name), property => property.PropertyType, StringComparer.Ordinal);
        CheckMapping(node, name, problems, (key, full) =>
        {
            if (known.TryGetValue(key.Value ?? "", out var member)) return member;
            var near = NearName.Hint(key.Value ?? "", known.Keys);
            Add(problems, key, $"{full} is unknown{(near.Length > 0 ? near : $"; there are: {string.Join(", ", known.Keys)}")}");
            return null;
        });
    }

    private static void CheckMapping(YamlNode node, string name, List<string> problems, Func<YamlScalarNode, string, Type?> typeOf)
    {
        if (node is not YamlMappingNode mapping)
        {
            if (name.Length > 0 || !IsNothing(node)) Add(problems, node, $"{Named(name)}: settings are needed, such as name: value");
            return;
        }

        foreach (var (key, value) in mapping.Children)
        {
            if (key is not YamlScalarNode scalar) continue;
            var full = name.Length == 0 ? scalar.Value ?? "" : $"{name}.{scalar.Value}";
            if (typeOf(scalar, full) is { } type) Check(value, type, full, problems);
        }
    }

    // written without quotes
    private static bool IsNothing(YamlNode node) =>
        node is YamlScalarNode { Style: ScalarStyle.Plain or ScalarStyle.Any, Value: null or "" or "~" or "null" or "Null" or "NULL" };

    private static bool Fits(string text, Type type) =>
        type == typeof(string) ? text.Length > 0 : type == typeof(bool) ? bool.TryParse(text, out _) : (type.IsEnum ? Enum.TryParse(type, text, ignoreCase: true, out _)
        : type == typeof(double) ? text.TrimStart('-', '+') is ".inf" or ".nan" or ".NaN" || double.TryParse(text, NumberStyles.Float, CultureInfo.InvariantCulture, out _)
        : text.StartsWith("0x", StringComparison.Ordinal) || (long.TryParse(text.Replace("_", "", StringComparison.Ordinal), NumberStyles.Integer, CultureInfo.InvariantCulture, out var value)
            && (type == typeof(long) || value is >= int.MinValue and <= int.MaxValue)));

    private static string Needed(Type type) => type.IsEnum ? $"{string.Join(" or ", Enum.GetNames(type).Select(name => name.ToLowerInvariant()))} is needed"
        : type == typeof(string) ? "text is needed" : type == typeof(bool) ? "true or false is needed" : type == typeof(double) ? "a number is needed" : "a whole number is needed";

    private static string Named(string name) => name.Length > 0 ? name : "the recipe";

    private static void Add(List<string> problems, YamlNode node, string problem) => problems.Add($"line {node.Start.Line}: {problem}");
}
